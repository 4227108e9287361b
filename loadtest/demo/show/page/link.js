// How the page reaches the lesson. A recorded run has another file with these names: see recorded/link.js.

// send sends a command. What cannot be done now is ignored: the state says why.
export const send = (name, command = {}) => fetch(name, {
  method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(command),
}).catch(() => {}); // without the demo, the events say so

// outline is what never changes, in a language.
export const outline = async (language) => (await fetch(`lesson?language=${encodeURIComponent(language)}`)).json();

// sheet is what the sheet for students has of each scene, in a language.
export const sheet = async (language) => (await fetch(`sheet?language=${encodeURIComponent(language)}`)).json();

// follow has every state told, in a language, and says when the demo has gone. It returns what ends that. The teacher's
// notes follow from another address.
export function follow(language, tell, lost, from = 'events') {
  const events = new EventSource(`${from}?language=${encodeURIComponent(language)}`);
  events.onmessage = (event) => tell(JSON.parse(event.data));
  events.onerror = lost;
  return () => events.close();
}
