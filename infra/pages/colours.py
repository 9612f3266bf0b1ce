"""Colours of the pages from the company's one colour, readable whatever that colour is.

A company names one colour. Text and switches in that colour are made darker or lighter until
they reach the contrast that WCAG 2.2 asks for (1.4.3 for text, 1.4.11 for controls), in light,
in dark and in high contrast, so that no choice of colour can make the pages unreadable.
"""

import colorsys

Rgb = tuple[float, float, float]

# Of text on its ground, a little over the 4.5 of WCAG 2.2, 1.4.3.
TEXT_CONTRAST = 5.0
# What WCAG 2.2, 1.4.6 asks for where high contrast is wanted.
STARK_CONTRAST = 7.0
_STEPS = 100

_LIGHT = {
    "paper": "#f6f5f1",
    "card": "#ffffff",
    "field": "#ffffff",
    "ink": "#1c1b19",
    "soft": "#55534d",
    "line": "#dcd9d1",
    "edge": "#6f6c65",
    "good": "#17683a",
    "good-tint": "#e9f4ec",
    "bad": "#b3221b",
    "bad-tint": "#fbeae8",
    "warn": "#8a5a00",
    "warn-tint": "#fbf1dc",
    "focus": "#1c1b19",
}
_DARK = {
    "paper": "#15161a",
    "card": "#1e2025",
    "field": "#121317",
    "ink": "#eeece7",
    "soft": "#b9b6ae",
    "line": "#383b42",
    "edge": "#8f9198",
    "good": "#7bd3a0",
    "good-tint": "#16291e",
    "bad": "#ff9a90",
    "bad-tint": "#331a18",
    "warn": "#f0c265",
    "warn-tint": "#2e2513",
    "focus": "#f4d35e",
}
# High contrast: nothing pale, and no grounds of a tint.
_STARK = {
    **_LIGHT,
    **dict.fromkeys(("paper", "good-tint", "bad-tint", "warn-tint"), "#ffffff"),
    **dict.fromkeys(("ink", "soft", "line", "edge", "focus"), "#000000"),
    "good": "#00501f",
    "bad": "#8f0000",
    "warn": "#5c3a00",
}
_FACES = {
    "text-face": 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans",'
    " sans-serif",
    "code-face": 'ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace',
}
_TICK = (
    "url(\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'"
    " fill='none' stroke='{stroke}' stroke-width='3.5' stroke-linecap='round'"
    " stroke-linejoin='round'%3E%3Cpath d='M5 12.5 10 17.5 19.5 7'/%3E%3C/svg%3E\")"
)


def sheet(colour: str) -> str:
    """Write the custom properties of each scheme for a company whose colour is `#rrggbb`.

    A reader has the scheme that the device prefers, or the one that they set (S33).
    """
    light = f"color-scheme:light;{_declared(_scheme(_LIGHT, colour))}"
    dark = f"color-scheme:dark;{_declared(_scheme(_DARK, colour))}"
    stark = f"color-scheme:light;{_declared(_scheme(_STARK, colour, STARK_CONTRAST))}"
    return (
        f":root{{{_declared(_FACES)};{light}}}\n"
        f"@media (prefers-color-scheme: dark){{:root{{{dark}}}}}\n"
        f":root[data-theme=light]{{{light}}}\n"
        f":root[data-theme=dark]{{{dark}}}\n"
        f":root[data-theme=high-contrast]{{{stark}}}\n"
    )


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable(colour: str, ground: str, wanted: float = TEXT_CONTRAST) -> str:
    """Return the nearest shade of `colour` that can be read on `ground`."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_rgb(colour))
    towards = 0.0 if _luminance(_rgb(ground)) > _luminance(_rgb("#777777")) else 1.0
    for step in range(_STEPS + 1):
        moved = lightness + (towards - lightness) * step / _STEPS
        shade = _hex(colorsys.hls_to_rgb(hue, moved, saturation))
        if contrast(shade, ground) >= wanted:
            return shade
    return "#000000" if towards == 0.0 else "#ffffff"


def _scheme(base: dict[str, str], colour: str, wanted: float = TEXT_CONTRAST) -> dict[str, str]:
    paper = base["paper"]
    solid = readable(colour, paper, wanted)
    on_brand = max(("#ffffff", base["paper"], "#111111"), key=lambda ink: contrast(ink, solid))
    tint = _mixed(solid, base["card"], 0.09)
    return {
        **base,
        "brand": colour,
        "brand-solid": solid,
        "brand-deep": _mixed(base["ink"], solid, 0.22),
        "brand-text": readable(solid, tint, wanted),
        "on-brand": on_brand,
        "tint": tint,
        "tick": _TICK.format(stroke=base["card"].replace("#", "%23")),
    }


def _declared(properties: dict[str, str]) -> str:
    return ";".join(f"--{name}:{value}" for name, value in properties.items())


def _mixed(one: str, other: str, share: float) -> str:
    pairs = zip(_rgb(one), _rgb(other), strict=True)
    red, green, blue = (a * share + b * (1 - share) for a, b in pairs)
    return _hex((red, green, blue))


def _luminance(rgb: Rgb) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]  # noqa: PLR2004 - sRGB's own numbers
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _rgb(colour: str) -> Rgb:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _hex(rgb: Rgb) -> str:
    return "#" + "".join(f"{round(c * 255):02x}" for c in rgb)
