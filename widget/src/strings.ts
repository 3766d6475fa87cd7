// Every word the widget says by itself, in each language it speaks. What the bot says is not translated.
import type { Trouble } from "./client.js";

const english = {
  launcher: "Ask about this article",
  unread: ["1 new answer", "# new answers"],
  notice: "Answers come from one article and are not medical advice.",
  emergency: (number: string) => `In an emergency, call ${number}.`,
  reads: (language: string) => `The assistant reads and answers in ${language}.`,
  localNumber: "your local emergency number",
  call: (number: string) => `Call ${number}`,
  welcome: "What would you like to know?",
  welcomeMore: "Each answer shows the passage of the article it comes from.",
  suggestions: "Suggested questions",
  options: "Options",
  save: "Save conversation",
  erase: "Delete this chat",
  erased: "This chat was deleted.",
  undo: "Undo",
  notErased: "The chat is gone here, but the assistant did not answer. It deletes its copy by itself, usually within 24 hours.",
  close: "Close",
  conversation: "Conversation",
  youSaid: "You said",
  botSaid: "Assistant said",
  labels: {
    emergency: "Please get help now",
    not_covered: "Not in the article",
    out_of_scope: "Outside this article",
    sources: "About the article",
  } as Readonly<Record<string, string>>,
  sources: "Sources",
  source: (number: number, section: string) => `Source ${number}: ${section}`,
  lists: "References the article lists",
  read: "Read in the article",
  newWindow: "opens in a new tab",
  show: "Show on this page",
  back: "Back to the answer",
  helpful: "Helpful",
  unhelpful: "Not helpful",
  thanks: "Thank you for your feedback.",
  notRated: "Your feedback could not be sent.",
  ask: "Ask a question",
  send: "Send",
  left: ["1 character left", "# characters left"],
  over: ["1 character too long", "# characters too long"],
  tooLong: "Not sent: please shorten your question.",
  waiting: "Looking it up in the article …",
  newer: "New answer",
  cited: ["1 source", "# sources"],
  offered: ["1 suggested question", "# suggested questions"],
  again: "Try again",
  wait: ["Try again in 1 second.", "Try again in # seconds."],
  trouble: {
    offline: "You are offline. You can ask again once you are connected.",
    unreachable: "The assistant cannot be reached right now.",
    busy: "That was a lot of questions in a short time. Please wait a moment.",
    failed: "Something went wrong, so there is no answer.",
    refused: "This question could not be read. Please ask it in other words.",
    timeout: "The answer is taking too long.",
    broken: "The connection broke off before the answer was complete.",
  } satisfies Record<Trouble, string> as Readonly<Record<Trouble, string>>,
};

export type Strings = typeof english;

const spanish: Strings = {
  launcher: "Pregunte sobre este artículo",
  unread: ["1 respuesta nueva", "# respuestas nuevas"],
  notice: "Las respuestas proceden de un solo artículo y no son consejo médico.",
  emergency: (number) => `En caso de emergencia, llame a ${number}.`,
  reads: (language) => `El asistente lee y responde en ${language}.`,
  localNumber: "su número local de emergencias",
  call: (number) => `Llamar al ${number}`,
  welcome: "¿Qué le gustaría saber?",
  welcomeMore: "Cada respuesta muestra el pasaje del artículo del que procede.",
  suggestions: "Preguntas sugeridas",
  options: "Opciones",
  save: "Guardar la conversación",
  erase: "Borrar este chat",
  erased: "Se ha borrado este chat.",
  undo: "Deshacer",
  notErased: "El chat ya no está aquí, pero el asistente no respondió. Borra su copia por sí mismo, normalmente en 24 horas.",
  close: "Cerrar",
  conversation: "Conversación",
  youSaid: "Usted dijo",
  botSaid: "El asistente dijo",
  labels: {
    emergency: "Busque ayuda ahora",
    not_covered: "No está en el artículo",
    out_of_scope: "Fuera de este artículo",
    sources: "Sobre el artículo",
  },
  sources: "Fuentes",
  source: (number, section) => `Fuente ${number}: ${section}`,
  lists: "Referencias que cita el artículo",
  read: "Leer en el artículo",
  newWindow: "se abre en una pestaña nueva",
  show: "Mostrar en esta página",
  back: "Volver a la respuesta",
  helpful: "Útil",
  unhelpful: "No es útil",
  thanks: "Gracias por su opinión.",
  notRated: "No se pudo enviar su opinión.",
  ask: "Haga una pregunta",
  send: "Enviar",
  left: ["Queda 1 carácter", "Quedan # caracteres"],
  over: ["Sobra 1 carácter", "Sobran # caracteres"],
  tooLong: "No se ha enviado: acorte la pregunta.",
  waiting: "Buscando en el artículo …",
  newer: "Respuesta nueva",
  cited: ["1 fuente", "# fuentes"],
  offered: ["1 pregunta sugerida", "# preguntas sugeridas"],
  again: "Intentar de nuevo",
  wait: ["Intentar de nuevo en 1 segundo.", "Intentar de nuevo en # segundos."],
  trouble: {
    offline: "No tiene conexión. Podrá preguntar cuando la recupere.",
    unreachable: "Ahora mismo no se puede contactar con el asistente.",
    busy: "Han sido muchas preguntas en poco tiempo. Espere un momento.",
    failed: "Algo ha fallado y no hay respuesta.",
    refused: "No se pudo leer la pregunta. Hágala con otras palabras.",
    timeout: "La respuesta está tardando demasiado.",
    broken: "La conexión se cortó antes de completar la respuesta.",
  },
};

/** A number in words that fit it: the first form for one, the second for any other. */
export function count(number: number, [one, many]: readonly string[]): string {
  return (number === 1 ? one : many)!.replace("#", String(number));
}

const tables: Readonly<Record<string, Strings>> = { en: english, es: spanish };

/** The language that a tag such as `es-MX` begins with. */
export function primary(tag: string): string {
  return tag.toLowerCase().split("-")[0]!;
}

/** The language that is spoken where one is asked for, and its table; English where we have none. */
export function spoken(tag: string): [string, Strings] {
  const table = tables[primary(tag)];
  return table ? [tag, table] : ["en", english];
}

/** A date such as 2018-03-03 or 2016-04 in words; anything else as it is. */
export function longDate(date: string, language: string): string {
  const [full, month, day] = /^\d{4}(-\d\d)?(-\d\d)?$/.exec(date) ?? [];
  const time = new Date(date);
  if (!full || Number.isNaN(+time)) return date;
  return time.toLocaleDateString(language, {
    year: "numeric",
    month: month && "long",
    day: day && "numeric",
    timeZone: "UTC",
  } as Intl.DateTimeFormatOptions);
}
