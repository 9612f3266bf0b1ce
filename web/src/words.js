/** The few words that are not the policy's, by language; `options.words` replaces any of them. */
const WORDS = {
  en: {
    accept: "Accept all",
    reject: "Decline all",
    choose: "Read more and choose",
    save: "Save my choices",
    close: "Close",
    gpc: "Your browser asks not to be tracked (Global Privacy Control), so what it concerns stays off unless you switch it on here.",
    waiting: "Not stored yet. Nothing is switched on until it is.",
    reload: "Switched off. What already ran on this page stops with a reload.",
    again: "Reload",
    held: "From {host}. Off until you allow: {title}.",
    allow: "Allow",
  },
  de: {
    accept: "Alle annehmen",
    reject: "Alle ablehnen",
    choose: "Mehr lesen und auswählen",
    save: "Auswahl speichern",
    close: "Schließen",
    gpc: "Ihr Browser möchte nicht verfolgt werden (Global Privacy Control). Was es betrifft, bleibt aus, wenn Sie es nicht hier einschalten.",
    waiting: "Noch nicht gespeichert. Bis dahin wird nichts eingeschaltet.",
    reload: "Ausgeschaltet. Was auf dieser Seite schon lief, endet mit dem Neuladen.",
    again: "Neu laden",
    held: "Von {host}. Aus, bis Sie es erlauben: {title}.",
    allow: "Erlauben",
  },
};

/** Return the words in the page's language, English where there is none. */
export function words(own) {
  const language = document.documentElement.lang.split("-")[0];
  return { ...(WORDS[language] || WORDS.en), ...own };
}
