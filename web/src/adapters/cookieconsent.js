/**
 * Run vanilla-cookieconsent 3 in front of `privacy()`. Its categories have the ids of the policy's
 * purposes, beside read-only ones of any name.
 *
 * @param {import("../../types/index").Privacy} p
 * @param {import("../../types/adapters").CookieConsent} library
 * @param {import("../../types/adapters").Settings} settings what its `run` takes
 */
export function cookieconsent(p, library, settings) {
  const { categories, cookie } = settings;
  const purposes = Object.keys(categories).filter((id) => !categories[id].readOnly);
  const record = () =>
    p.decide(Object.fromEntries(purposes.map((id) => [id, library.acceptedCategory(id)])));
  // Asked where the API says so, whatever the library's own cookie remembers.
  if (p.needsAsking()) library.eraseCookies(cookie?.name || "cc_cookie");
  return library.run({ ...settings, onFirstConsent: record, onChange: record });
}
