import { INVITATION_DAYS, type Scope } from "../../runtime/contract/registry.ts";

/** What Cognito writes to who is invited; it fills in `{username}` and `{####}`, the one-time password. */
export function invitationMail() {
  return {
    emailSubject: "You are invited",
    emailMessage:
      `Your administrator invites you. Sign in as <b>{username}</b> with the password <b>{####}</b>, ` +
      `which works once and for ${INVITATION_DAYS} days; you choose your own then.`,
    smsMessage: "Sign in as {username} with the password {####}",
  };
}

export const SCOPE_DESCRIPTIONS: Readonly<Record<Scope, string>> = {
  chat: "Ask questions",
  "documents.read": "List documents",
  "documents.write": "Store and delete documents",
};
