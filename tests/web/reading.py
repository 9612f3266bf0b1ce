"""Reading what privacy.js knows: waiting for it, and what of it is a permission."""

from playwright.sync_api import Page


def until(page: Page, condition: str) -> None:
    """Wait until a condition on `p`, what `privacy()` gives, holds; fail after ten seconds."""
    page.evaluate(
        """async (condition) => {
          const p = await privacy();
          const holds = new Function("p", `return ${condition}`);
          for (let waited = 0; !holds(p); waited += 20) {
            if (waited > 10_000) throw new Error(`not so: ${condition}`);
            await new Promise((done) => setTimeout(done, 20));
          }
        }""",
        condition,
    )


def granted(choices: dict[str, bool]) -> list[str]:
    """Name what is on and asked permission; what the law exempts is on until objected to."""
    exempt = ("statistics", "appearance")
    return [name for name, allowed in choices.items() if allowed and name not in exempt]
