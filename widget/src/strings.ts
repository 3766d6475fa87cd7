// Every word the widget says by itself, in each language it speaks. What the bot says is not translated.
import type { Trouble } from "./client.js";

const english = {
  launcher: "Ask about this article",
  unread: (count: number): string => (count === 1 ? "1 new answer" : `${count} new answers`),
  notice: "Answers come from one article and are not medical advice.",
  emergency: (number: string) => `In an emergency, call ${number}.`,
  localNumber: "your local emergency number",
  call: (number: string) => `Call ${number}`,
  welcome: "What would you like to know?",
  welcomeMore: "Each answer shows the passage of the article it comes from.",
  suggestions: "Suggested questions",
  options: "Options",
  copy: "Copy conversation",
  save: "Save conversation",
  restart: "Start over",
  close: "Close",
  conversation: "Conversation",
  youSaid: "You said",
  botSaid: "Assistant said",
  you: "You",
  bot: "Assistant",
  labels: {
    emergency: "This may be an emergency",
    not_covered: "Not in the article",
    out_of_scope: "Outside this article",
    sources: "About the article",
  } as Readonly<Record<string, string>>,
  sources: (count: number): string => (count === 1 ? "Source" : "Sources"),
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
  question: "Your question",
  placeholder: "Ask a question",
  send: "Send",
  left: (count: number) => `${count} characters left`,
  waiting: "Looking it up in the article …",
  newer: "New answer",
  answered: (sources: number, offers: number) =>
    [
      sources && (sources === 1 ? "1 source" : `${sources} sources`),
      offers && (offers === 1 ? "1 suggested question" : `${offers} suggested questions`),
    ]
      .filter(Boolean)
      .join(", "),
  copied: "Copied.",
  notCopied: "Copying is not allowed here. You can save the conversation instead.",
  offlineNow: "You are offline. Questions can be asked again once you are connected.",
  again: "Try again",
  trouble: {
    offline: "You seem to be offline, so the question could not be sent.",
    unreachable: "The assistant cannot be reached right now.",
    busy: "That was a lot of questions in a short time. Please wait a moment.",
    failed: "Something went wrong, so there is no answer.",
    refused: "This question could not be read. Please ask it in other words.",
    timeout: "The answer is taking too long.",
    broken: "The connection broke off before the answer was complete.",
    empty: "No answer came back.",
  } satisfies Record<Trouble, string> as Readonly<Record<Trouble, string>>,
};

export type Strings = typeof english;

const spanish: Strings = {
  launcher: "Pregunte sobre este artículo",
  unread: (count) => (count === 1 ? "1 respuesta nueva" : `${count} respuestas nuevas`),
  notice: "Las respuestas proceden de un solo artículo y no son consejo médico.",
  emergency: (number) => `En caso de emergencia, llame a ${number}.`,
  localNumber: "su número local de emergencias",
  call: (number) => `Llamar al ${number}`,
  welcome: "¿Qué le gustaría saber?",
  welcomeMore: "Cada respuesta muestra el pasaje del artículo del que procede.",
  suggestions: "Preguntas sugeridas",
  options: "Opciones",
  copy: "Copiar la conversación",
  save: "Guardar la conversación",
  restart: "Empezar de nuevo",
  close: "Cerrar",
  conversation: "Conversación",
  youSaid: "Usted dijo",
  botSaid: "El asistente dijo",
  you: "Usted",
  bot: "Asistente",
  labels: {
    emergency: "Esto puede ser una emergencia",
    not_covered: "No está en el artículo",
    out_of_scope: "Fuera de este artículo",
    sources: "Sobre el artículo",
  },
  sources: (count) => (count === 1 ? "Fuente" : "Fuentes"),
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
  question: "Su pregunta",
  placeholder: "Haga una pregunta",
  send: "Enviar",
  left: (count) => `Quedan ${count} caracteres`,
  waiting: "Buscando en el artículo …",
  newer: "Respuesta nueva",
  answered: (sources, offers) =>
    [
      sources && (sources === 1 ? "1 fuente" : `${sources} fuentes`),
      offers && (offers === 1 ? "1 pregunta sugerida" : `${offers} preguntas sugeridas`),
    ]
      .filter(Boolean)
      .join(", "),
  copied: "Copiada.",
  notCopied: "Aquí no se permite copiar. Puede guardar la conversación.",
  offlineNow: "No tiene conexión. Podrá volver a preguntar cuando la recupere.",
  again: "Intentar de nuevo",
  trouble: {
    offline: "Parece que no tiene conexión, así que no se pudo enviar la pregunta.",
    unreachable: "Ahora mismo no se puede contactar con el asistente.",
    busy: "Han sido muchas preguntas en poco tiempo. Espere un momento.",
    failed: "Algo ha fallado y no hay respuesta.",
    refused: "No se pudo leer la pregunta. Hágala con otras palabras.",
    timeout: "La respuesta está tardando demasiado.",
    broken: "La conexión se cortó antes de completar la respuesta.",
    empty: "No ha llegado ninguna respuesta.",
  },
};

/** The table of a language tag such as `es-MX`; English where we have none. */
export function strings(language: string): Strings {
  return language.toLowerCase().split("-")[0] === "es" ? spanish : english;
}

/** A date such as 2018-03-03 or 2016-04 in words; anything else as it is. */
export function longDate(date: string, language: string): string {
  const [, year, month, day] = /^(\d{4})(-\d\d)?(-\d\d)?$/.exec(date) ?? [];
  const time = new Date(date);
  if (!year || Number.isNaN(time.getTime())) return date;
  const format: Intl.DateTimeFormatOptions = { year: "numeric", timeZone: "UTC" };
  if (month) format.month = "long";
  if (day) format.day = "numeric";
  return new Intl.DateTimeFormat(language, format).format(time);
}
