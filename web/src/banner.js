/**
 * The banner that a website may use in place of one of its own: a region at the edge of the page,
 * never over it, in which yes and no are alike. It lives in a shadow tree, so neither the page's
 * styles nor its Content-Security-Policy have to know of it; custom properties dress it.
 */
const STYLE = `
:host{all:initial;color-scheme:light dark}
section,aside{box-sizing:border-box;font:1rem/1.5 var(--privacy-font,system-ui,sans-serif);
color:var(--privacy-text,light-dark(#1b1f24,#eef1f4));background:var(--privacy-background,light-dark(#fff,#1b1f24));
border:1px solid var(--privacy-border,light-dark(#8a94a0,#7d8894));border-radius:var(--privacy-radius,.75rem)}
section{position:fixed;z-index:var(--privacy-layer,2147483000);inset:auto 1rem 1rem;max-width:46rem;max-height:calc(100vh - 2rem);
overflow:auto;margin:0 auto;padding:1.25rem 1.5rem;box-shadow:0 .5rem 2rem #0003}
section[data-position^=top]{inset:1rem 1rem auto}
section[data-position$=left],section[data-position$=right]{max-width:26rem;margin-left:0}
section[data-position$=right]{margin:0 0 0 auto}
aside{padding:1rem}
h2{font-size:1.2em;line-height:1.3;margin:0 0 .5rem}
p,ul{margin:0 0 .75rem}
ul{padding-left:1.2rem}
a{color:var(--privacy-accent,light-dark(#0b57b0,#9cc7ff))}
fieldset{border:0;margin:0 0 .75rem;padding:0}
label{display:flex;gap:.75rem;align-items:center;padding:.5rem 0;min-height:1.75rem;border-top:1px solid var(--privacy-border,light-dark(#c9d0d7,#4a535d))}
input{width:1.4rem;height:1.4rem;flex:none;margin:0;accent-color:var(--privacy-accent,light-dark(#0b57b0,#9cc7ff))}
p:empty{margin:0}
.row{display:flex;flex-wrap:wrap;gap:.75rem}
button{font:inherit;font-weight:600;flex:1 1 9rem;min-height:2.75rem;padding:.5rem 1rem;cursor:pointer;border:2px solid transparent;
border-radius:calc(var(--privacy-radius,.75rem)*.66);color:var(--privacy-on-accent,light-dark(#fff,#1b1f24));background:var(--privacy-accent,light-dark(#0b57b0,#9cc7ff))}
button:hover{text-decoration:underline}
:focus-visible{outline:3px solid var(--privacy-focus,light-dark(#1b1f24,#eef1f4));outline-offset:2px}
[hidden]{display:none}
@media(max-width:30rem){section{inset:auto 0 0;border-radius:0;max-height:80vh;padding:1rem}section[data-position^=top]{inset:0 0 auto}}
@media print{section{display:none}}
`;

let sheet;

/** Make an element of `name` with `attributes` and what it holds. */
function make(name, attributes, ...held) {
  const element = Object.assign(document.createElement(name), attributes);
  element.append(...held);
  return element;
}

/** Make an element whose content no style of the page reaches. */
function apart(...held) {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
  }
  const host = make("div");
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  root.append(...held);
  return host;
}

/** Read the little Markdown of notices: paragraphs, lists, bold words, links. */
function markdown(text) {
  const line = (words) =>
    words.split(/(\*\*.+?\*\*|\[[^\]]+\]\(https?:[^)\s]+\))/).map((part) => {
      if (part.startsWith("**")) return make("strong", {}, part.slice(2, -2));
      const [, title, href] = /^\[(.+)\]\((.+)\)$/.exec(part) || [];
      return href ? make("a", { href }, title) : part;
    });
  return text.split(/\n{2,}/).map((block) =>
    block.startsWith("- ")
      ? make(
          "ul",
          {},
          ...block
            .slice(2)
            .split(/\n- /)
            .map((item) => make("li", {}, ...line(item))),
        )
      : make("p", {}, ...line(block)),
  );
}

/** Make what stands in the place of a frame that is held back; its `text` is yet to be told. */
export function placeholder(label, press) {
  const text = make("p");
  const made = apart(
    make(
      "aside",
      {},
      text,
      make("div", { className: "row" }, make("button", { onclick: press }, label)),
    ),
  );
  return Object.assign(made, { text });
}

/** Return how to open the banner; `p` is what `privacy()` gives, `say` the words. */
export function banner(p, say, position) {
  let host, opener;

  function close() {
    host?.remove();
    host = undefined;
    opener?.focus();
  }

  /** Open it; with `choosing` by a visitor who asked for it, so it shows the choices and has the focus. */
  return async function open(choosing) {
    const notice = await p.notice();
    if (host || (!choosing && !p.needsAsking())) return;
    opener = choosing && document.activeElement;
    const gpc = navigator.globalPrivacyControl === true;
    const [first, ...rest] = markdown(notice.text);
    const boxes = notice.purposes.map(({ id, title }) => [
      id,
      make("input", { type: "checkbox", defaultChecked: p.allowed(id) }),
      title,
    ]);
    const switches = make(
      "fieldset",
      {},
      make("legend", { hidden: true }, notice.title),
      ...boxes.map(([, input, title]) => make("label", {}, input, title)),
    );
    const more = make("div", { hidden: !choosing }, ...rest, switches);
    const status = make("p", { role: "status" });
    const row = make("div", { className: "row" });
    const button = (text, onclick) => make("button", { onclick }, text);
    const act = async (decide) => {
      status.textContent = "";
      const shown = [
        ...(more.hidden ? [] : boxes).map(([id, input]) => id + (input.defaultChecked ? "+" : "")),
        "accept_all reject_all choose",
      ].join(" ");
      await decide({ shown, gpc_override: gpc }).catch((fault) => (status.textContent = fault.message));
      const { pending, reload } = p.state();
      if (status.textContent) return;
      if (!pending && !reload.length) return close();
      region.replaceChildren(title, status, row);
      status.textContent = pending ? say.waiting : say.reload;
      row.replaceChildren(button(say.close, close));
      if (!pending) row.prepend(button(say.again, () => location.reload()));
    };
    const choose = () => {
      if (more.hidden) {
        more.hidden = false;
        third.textContent = say.save;
        return;
      }
      act((said) =>
        p.decide(Object.fromEntries(boxes.map(([id, input]) => [id, input.checked])), said),
      );
    };
    const third = button(choosing ? say.save : say.choose, choose);
    const title = make("h2", { id: "title", tabIndex: -1 }, notice.title);
    const region = make(
      "section",
      { lang: notice.language, onkeydown: ({ key }) => void (key === "Escape" && choosing && close()) },
      title,
      first,
      gpc ? make("p", {}, say.gpc) : "",
      more,
      status,
      row,
    );
    row.append(
      button(say.accept, () => act(p.acceptAll)),
      button(say.reject, () => act(p.rejectAll)),
      third,
    );
    if (choosing) row.append(button(say.close, close));
    region.setAttribute("aria-labelledby", "title");
    region.dataset.position = position || "bottom";
    host = apart(region);
    // First in the page, so that the keyboard and a screen reader meet it first.
    document.body.prepend(host);
    if (choosing) title.focus();
  };
}
