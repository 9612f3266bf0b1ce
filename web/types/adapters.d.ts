import type { Privacy } from "./index";

/** What is used of vanilla-cookieconsent 3. */
export interface CookieConsent {
  acceptedCategory(id: string): boolean;
  eraseCookies(name: string): void;
  run(settings: any): Promise<void>;
}

/** What is read of its settings; the rest is its own. */
export interface Settings {
  categories: Record<string, { readOnly?: boolean }>;
  cookie?: { name?: string };
  [setting: string]: unknown;
}

/** Run vanilla-cookieconsent in front of `p`. */
export function cookieconsent(p: Privacy, library: CookieConsent, settings: Settings): Promise<void>;

/** Record what is saved in Klaro 0.7 under the names of its services. */
export function klaro(
  p: Privacy,
  manager: { watch(watcher: object): void; resetConsents(): void },
  purposes: string[],
): void;
