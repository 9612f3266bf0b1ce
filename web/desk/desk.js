/* The console: signs in, shows the views that a role has, and one of them at a time. */
import { SignedOut } from "./ask.js";
import { dropDrafts, keepDrafts, unkeepDrafts } from "./forms.js";
import { $, el, say, t } from "./page.js";
import { head, to, trouble } from "./parts.js";
import { address, follow, go, place } from "./place.js";
import { ROLES, comeBack, enter, leaveToSignIn, local, may, onOtherRoles, roles, signOut, token, watch } from "./staff.js";
import { term } from "./terms.js";
import { GROUPS, VIEWS } from "./views.js";

const shownView = $("[data-view]");
// After so many milliseconds somebody wonders whether anything happens.
const SLOW = 600;
let turn = 0;

start();

/** Show what the address names, from now on; who comes back from the pool’s pages goes on first. */
async function start() {
  follow();
  addEventListener("popstate", () => render());
  watch(warn, () => {
    keepDrafts();
    asked(t("You were signed out"), t("Nobody was here for half an hour. What you entered is kept in this tab: sign in, and go on where you were."));
  });
  // What is being written stays; what the other role may not, the API refuses.
  onOtherRoles(() => frame(place().view));
  const { view } = place();
  if (view === "sign-in") {
    const back = await comeBack();
    if (back) return go(back, { replace: true });
    return asked(t("The sign-in did not work"), t("It took too long, or was begun in another tab. Please begin again."), "today");
  }
  await render();
}

/** Show the view that the address names; a later call wins over one that still waits. */
async function render() {
  const mine = (turn += 1);
  const { view, item, query } = place();
  if (view === "signed-out") return asked(t("You are signed out"), t("Nothing of what you saw is kept in this browser."), "today");
  // Signed out by going back to a page of before: nothing is asked of the API.
  if (!(await token())) return asked(t("Sign in"), local ? "" : t("This is where the privacy staff work. You sign in on a page of the company’s own user pool."));
  frame(view);
  const known = VIEWS[view];
  if (!known || !may(known.groups)) return shownView.replaceChildren(...nowhere());
  const part = el("div", {});
  const moved = shownView.dataset.at !== location.pathname;
  const slow = setTimeout(() => moved && mine === turn && shownView.replaceChildren(el("p", { class: "soft" }, t("One moment, please."))), SLOW);
  const again = render;
  try {
    const made = await (item && known.item ? known.item : known.list)({ item, query, again });
    if (mine !== turn) return;
    part.append(...[].concat(made));
  } catch (fault) {
    if (!(fault instanceof SignedOut)) {
      const reason = t("This page cannot be shown. If it stays so, tell who runs this system.");
      shownView.replaceChildren(head(t("Privacy desk")), trouble({ ok: false, reason }, again));
      throw fault;
    }
    keepDrafts();
    return asked(t("Your sign-in is over"), t("What you entered is kept in this tab: sign in, and go on where you were."));
  } finally {
    clearTimeout(slow);
  }
  shownView.dataset.at = location.pathname;
  const before = moved ? null : focused();
  shownView.replaceChildren(part);
  if (moved) scrollTo(0, 0);
  if (moved || before) (alike(before) || $("h1", shownView))?.focus({ preventScroll: true });
}

/** Say that there is nothing at an address, for this role, and where there is something. */
const nowhere = () => [
  head(t("There is no such page for your role")),
  el("p", {}, t("Perhaps the address is not right, or it is a page for a colleague with another role.")),
  el("p", {}, to(t("Go to what is due today"), "today")),
];

/** Say what in the view has the focus: an action’s title or a button’s words; null if nothing. */
function focused() {
  const at = document.activeElement;
  if (!shownView.contains(at)) return null;
  const around = at.closest("details.action");
  return ((around && $("summary", around)) || at).textContent;
}

/** Find what has the same words in a view that was made anew: the keyboard goes on from there. */
function alike(words) {
  return words && [...shownView.querySelectorAll("summary, button, a")].find((each) => each.textContent === words);
}

/** Show who is signed in and where they can go. */
function frame(view) {
  unkeepDrafts();
  const out = el("button", { type: "button", class: "link", click: leave }, t("Sign out"));
  const where = local ? el("span", { class: "tag waits" }, t("local")) : null;
  $("[data-who]").replaceChildren(...[where, el("span", {}, roles().map(term).join(", ")), out].filter(Boolean));
  $("[data-who]").hidden = false;
  const nav = $("[data-views]");
  const menu = el("button", { type: "button", class: "menu", "aria-expanded": "false", click: () => menu.setAttribute("aria-expanded", String(menu.getAttribute("aria-expanded") !== "true")) }, t("Menu"));
  nav.replaceChildren(
    menu,
    ...GROUPS.flatMap(({ title, views }) => {
      const open = views.filter((name) => may(VIEWS[name].groups));
      const link = (name) => {
        const current = name === view ? { "aria-current": "page" } : {};
        return el("li", {}, el("a", { href: address(name), ...current }, VIEWS[name].title()));
      };
      if (!open.length) return [];
      return [title ? el("h2", {}, title()) : null, el("ul", {}, ...open.map(link))].filter(Boolean);
    }),
  );
  nav.hidden = false;
}

/** Ask to sign in: on the user pool's pages, or here, as a role, on a developer's machine. */
function asked(title, words, view) {
  const back = view ? address(view) : location.href;
  $("[data-who]").hidden = true;
  $("[data-views]").hidden = true;
  delete shownView.dataset.at;
  const way = local ? localRoles(back) : [el("div", { class: "actions" }, el("button", { type: "button", class: "button", click: () => leaveToSignIn(back) }, t("Sign in")))];
  shownView.replaceChildren(el("section", { class: "sign box" }, el("h1", { tabindex: "-1" }, title), words ? el("p", {}, words) : null, ...way));
  $("h1", shownView).focus({ preventScroll: true });
}

/** Offer the roles, on a developer’s machine. */
function localRoles(back) {
  const press = (role) => () => {
    enter(role);
    go(back, { replace: true });
  };
  return [
    el("p", { class: "note" }, el("strong", {}, t("This is the local run.")), " ", t("Nobody has to prove who they are here. Deployed, staff sign in with a second factor.")),
    el("div", { class: "roles" }, ...ROLES.map((role) => el("button", { type: "button", class: "button plain", click: press(role) }, t("Work as {role}", { role: term(role) })))),
  ];
}

/** Sign out by hand: what was entered is forgotten. */
async function leave() {
  dropDrafts();
  await signOut();
  if (local) go(address("signed-out"), { replace: true });
}

/** Say that the sign-in ends soon, once; take it back when somebody stirs. */
function warn(soon) {
  const note = $(".soon");
  if (!soon) return note?.remove();
  if (note) return;
  const words = t("You will be signed out in two minutes, because nobody is here. Press any key to stay.");
  document.body.append(el("div", { class: "soon note warn" }, el("p", {}, words)));
  say(words);
}
