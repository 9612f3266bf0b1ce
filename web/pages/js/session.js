/*
 * A session that a mailed link began: kept by this tab until it ends, so that a reload does not
 * end it, and forgotten when the reader leaves.
 */
import { call } from "./api.js";
import { show } from "./page.js";
import { tab } from "./store.js";

const place = `session:${location.pathname}`;

/** Give the session of this page, or null. */
export const session = () => tab.get(place);

/** Begin one. */
export const begin = (token) => tab.set(place, token);

/** Forget it. */
export const end = () => tab.remove(place);

/** Call the API within the session; null where it was over, and the page says so. */
export async function own(method, path, options = {}) {
  const answer = await call(method, path, { ...options, session: session() });
  if (answer.status !== 401) return answer;
  end();
  show("over");
  return null;
}

/** Leave safely: nothing personal stays behind in this tab. */
export function leave(home) {
  end();
  location.replace(home);
}
