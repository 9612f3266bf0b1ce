/**
 * The script tag: begins by itself with the tag's data attributes, and gives `window.privacy`.
 *
 * `<script src="https://privacy.example.com/privacy.js" data-banner data-position="bottom"></script>`
 */
import { privacy } from "./privacy.js";

window.privacy = privacy;

const tag = document.currentScript;
if (tag?.src) {
  const { api, notice, banner, position, signals } = tag.dataset;
  privacy({
    api: api || new URL(".", tag.src).href,
    notice,
    banner: banner !== undefined,
    position,
    signals: signals !== "off",
  });
}
