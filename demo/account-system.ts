import { randomBytes } from 'node:crypto';
import type { WEBHOOK_TYPES } from '../lib/policy/termination-trigger.ts';
import { DAY } from '../lib/policy/time/duration.ts';
import { type Instant, isoInstant } from '../lib/policy/time/instant.ts';
import { signedHeaders } from '../test/support/erasure/signed-webhook.ts';

/** Deleted four days ago. As a double, its number would be the neighbouring 9007199254740992. */
export const DELETED = { uin: '9007199254740993' } as const;
/** Deleted four days ago, and reinstated two days ago: within the cancel window. */
export const REINSTATED = { uin: '9007199254741881' } as const;
/** An application whose use ended four days ago. Its account has two more. */
export const ENDED = { uin: '9007199254744127', sdkAppId: '1400305513' } as const;
/** An account for which somebody without the secret sends a forged deletion. */
export const VICTIM = { uin: '9007199254763217' } as const;
/** An account that no message names. */
export const UNTOUCHED = { uin: '9007199254750339' } as const;

/** Days: longer than the cancel window, so that the erasure is due. */
const LONG_AGO = 4;
const IN_TIME = 2;

/** A message of the account system. */
export interface Message {
  /** Stays the same when a message is sent again. */
  readonly id: string;
  readonly type: (typeof WEBHOOK_TYPES)[number];
  readonly data: Readonly<Record<string, string | boolean>>;
  /** An explanation for the reader. */
  readonly about: string;
  readonly isForged: boolean;
}

const nameOf = ({ uin, sdkAppId }: { readonly uin: string; readonly sdkAppId?: string }): string =>
  sdkAppId === undefined ? uin : `${uin}, app ${sdkAppId}`;

/** All messages in order. The forged one does not come from the account system. */
export const accountMessages = (now: Instant): { readonly genuine: readonly Message[]; readonly forged: Message } => {
  const daysAgo = (days: number): string => isoInstant(now - days * DAY);
  const terminated = (subject: typeof DELETED | typeof REINSTATED | typeof ENDED) => ({
    data: { ...subject, terminatedAt: daysAgo(LONG_AGO) },
    about: `${nameOf(subject)}, ${LONG_AGO} days ago`,
    isForged: false,
  });
  const ended: Message = { id: 'msg_ended', type: 'feature.terminated', ...terminated(ENDED) };
  const reinstated: Message = {
    id: 'msg_reinstated',
    type: 'account.reinstated',
    data: { ...REINSTATED, reinstatedAt: daysAgo(IN_TIME) },
    about: `${nameOf(REINSTATED)}, ${IN_TIME} days ago`,
    isForged: false,
  };
  const forged: Message = {
    id: 'msg_forged',
    type: 'account.deleted',
    data: { ...VICTIM, terminatedAt: daysAgo(0), immediate: true },
    about: `${nameOf(VICTIM)}, signed with another secret`,
    isForged: true,
  };
  const genuine: readonly Message[] = [
    { id: 'msg_deleted', type: 'account.deleted', ...terminated(DELETED) },
    { id: 'msg_mistake', type: 'account.deleted', ...terminated(REINSTATED) },
    reinstated,
    ended,
    { ...ended, about: 'the same message again' },
    { ...ended, about: 'the same message again' },
  ];
  return { genuine, forged };
};

/** A new secret in the format of Standard Webhooks. */
export const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

/**
 * Signs a message and sends it over HTTP.
 * @returns the status of the answer.
 */
export const sendWebhook = async (url: string, { id, type, data }: Message, secret: string): Promise<number> => {
  const now = Date.now();
  const body = JSON.stringify({ type, timestamp: new Date(now).toISOString(), data });
  const headers = { 'content-type': 'application/json', ...signedHeaders(body, { secret, id, at: now }) };
  const response = await fetch(url, { method: 'POST', headers, body });
  await response.body?.cancel();
  return response.status;
};
