/**
 * Klaro 0.7 in front of `privacy()`: its services have the names of the policy's purposes.
 *
 * @param {import("../../types/index").Privacy} p
 * @param {{watch(watcher: object): void, resetConsents(): void}} manager `klaro.getManager(config)`
 * @param {string[]} purposes the services to record
 */
export function klaro(p, manager, purposes) {
  // Asked again where the API says so, whatever the library's own cookie remembers.
  if (p.needsAsking()) manager.resetConsents();
  manager.watch({
    update(_, event, { consents } = {}) {
      if (event !== "saveConsents") return;
      p.decide(Object.fromEntries(purposes.map((id) => [id, consents[id] === true])));
    },
  });
}
