"""What a month costs by itself, used or not."""

from ops.cost.estimate import MILLION, Fixed, Prices

TOGETHER = "together"
MONTH_HOURS = 730
# A worker's role asks KMS again for a table's key after five minutes, if not before.
KEY_ASKED_AN_HOUR = 12
# Each is told within one hour of a day.
TOLD_HOURS = 365 / 12
_ROWS = {
    "KMS keys": ("kms_key",),
    "firewall": ("firewall", "firewall_rule"),
    "alarms": ("alarm",),
    "dashboard": ("dashboard",),
    "secrets": ("secret",),
}


def standing(fixed: Fixed, prices: Prices) -> dict[str, tuple[float, float, float]]:
    """Reckon what a month costs by itself: now, after a year and after two.

    Each of a key's first two rotations adds the price of a key to it, for good.
    """
    month = prices["month"]

    def rotated(name: str, years: int) -> int:
        rotations = min(2, years * 365 // fixed.rotation_days)
        return rotations * fixed.rotating if name == "kms_key" else 0

    parts: dict[str, list[float]] = {
        row: [
            sum(month[name] * (fixed.counts.get(name, 0) + rotated(name, years)) for name in names)
            for years in range(3)
        ]
        for row, names in _ROWS.items()
    }
    parts[TOGETHER] = [sum(years) for years in zip(*parts.values(), strict=True)]
    return {row: (now, one, two) for row, (now, one, two) in parts.items()}


def idle(fixed: Fixed, prices: Prices) -> dict[str, float]:
    """Reckon what is paid by use and used though nobody comes, at the most."""
    calls = fixed.mappings * KEY_ASKED_AN_HOUR * MONTH_HOURS
    told = fixed.own_metrics * TOLD_HOURS / MONTH_HOURS
    return {
        "KMS, asked by workers that wait for streams": calls
        / MILLION
        * prices["million"]["kms_calls"],
        "figures that alarms read, told once a day": told * prices["month"]["metric"],
    }


def allowance(fixed: Fixed, prices: Prices) -> float:
    """Return what AWS takes off every account's bill each month, without an end."""
    free, month = prices["always_free"], prices["month"]
    calls = fixed.mappings * KEY_ASKED_AN_HOUR * MONTH_HOURS
    return float(
        min(free["alarm"], fixed.counts["alarm"]) * month["alarm"]
        + min(free["kms_calls"], calls) / MILLION * prices["million"]["kms_calls"]
        + idle(fixed, prices)["figures that alarms read, told once a day"]
    )
