/*
 * What this browser remembers. Where its storage is blocked or full, the page remembers by itself
 * until it is closed.
 */
const memory = new Map();

function place(kind) {
  const key = (name) => `${kind}:${name}`;
  const real = () => window[kind];
  return {
    get(name) {
      try {
        return real().getItem(name) ?? memory.get(key(name)) ?? null;
      } catch {
        return memory.get(key(name)) ?? null;
      }
    },
    set(name, value) {
      memory.set(key(name), value);
      try {
        real().setItem(name, value);
      } catch {
        // Blocked or full: the page's own memory has it.
      }
    },
    remove(name) {
      memory.delete(key(name));
      try {
        real().removeItem(name);
      } catch {
        // Blocked: there is nothing to remove.
      }
    },
  };
}

export const tab = place("sessionStorage");
export const browser = place("localStorage");
