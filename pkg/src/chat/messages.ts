/** The messages for a model, held against what a model takes. */
import { IbidError } from "../error.js";
import type { ChatMessage } from "./types.js";

const ROLES = ["system", "user", "assistant"];

/**
 * Copies of the messages with role and content only.
 *
 * @throws IbidError `invalid-argument` where there is none, or one is no message
 */
export function plainMessages(messages: readonly ChatMessage[]): ChatMessage[] {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw new IbidError("invalid-argument", "messages: expected an array with at least one message");
  }
  return Array.from(messages as readonly Partial<ChatMessage>[], (message, at) => {
    const { role, content } = { ...message };
    if (role === undefined || !ROLES.includes(role)) {
      throw new IbidError("invalid-argument", `messages[${at}].role: expected one of ${ROLES.join(", ")}`);
    }
    if (typeof content !== "string") {
      throw new IbidError("invalid-argument", `messages[${at}].content: expected a string`);
    }
    return { role, content };
  });
}
