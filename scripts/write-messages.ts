// Writes docs/messages.md from the code: `npm run messages`.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { messagesOf, messagesPage } from './messages.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
writeFileSync(new URL('../docs/messages.md', import.meta.url), messagesPage(messagesOf(root)));
