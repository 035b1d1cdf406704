/**
 * Server-sent events, by the HTML standard, "9.2.6 Interpreting an event stream":
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */

/** One event; `retry` and `id` are of no use where nothing connects again. */
export interface ServerEvent {
  /** The field `event`; `message` where there is none. */
  type: string;
  /** The lines of the fields `data`, with line feeds between them. */
  data: string;
}

/** The most UTF-16 code units of one line, and of one event's data. */
const MOST_UNITS = 2 ** 22;

/** Takes the text of a stream in any pieces. The byte order mark is the decoder's business. */
export class EventStreamParser {
  /** What has come of the line that is not at its end. */
  #line = "";
  /** Whether the last piece ended with a carriage return, of which a line feed may be the other half. */
  #endedInReturn = false;
  #type = "";
  #data: string[] = [];
  #units = 0;

  /**
   * The events that are complete with `text`. An event that the stream ends in never is: the standard has it discarded.
   *
   * @throws RangeError for a line or an event of more than four million UTF-16 code units
   */
  push(text: string): ServerEvent[] {
    if (text === "") {
      return [];
    }
    const events: ServerEvent[] = [];
    let start = this.#endedInReturn && text.startsWith("\n") ? 1 : 0;
    this.#endedInReturn = text.endsWith("\r");
    const ends = /\r\n|\r|\n/g;
    ends.lastIndex = start;
    for (let end = ends.exec(text); end !== null; end = ends.exec(text)) {
      const event = this.#take(this.#line + text.slice(start, end.index));
      if (event !== undefined) {
        events.push(event);
      }
      this.#line = "";
      start = ends.lastIndex;
    }
    this.#line += text.slice(start);
    limit(this.#line.length);
    return events;
  }

  /** Takes one line without its end; returns the event that it completes. */
  #take(line: string): ServerEvent | undefined {
    if (line === "") {
      return this.#dispatch();
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon); // empty in a comment
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") {
      this.#units += value.length + 1;
      limit(this.#units);
      this.#data.push(value);
    } else if (field === "event") {
      this.#type = value;
    }
    return undefined;
  }

  #dispatch(): ServerEvent | undefined {
    const event = { type: this.#type || "message", data: this.#data.join("\n") };
    const isEvent = this.#data.length > 0;
    this.#type = "";
    this.#data = [];
    this.#units = 0;
    return isEvent ? event : undefined;
  }
}

function limit(units: number): void {
  if (units > MOST_UNITS) {
    throw new RangeError(`an event is longer than ${MOST_UNITS} characters`);
  }
}
