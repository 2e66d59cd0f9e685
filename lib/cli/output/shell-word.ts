import { isDoubtful } from '../erasures/subject-values.ts';
import { needsNoQuotes } from './printable.ts';

const BARE = /^[\w@%+:,./-]+$/;

/** Bash, zsh and ksh support `$'…'`, in which any character can be written as a number. */
const ansiQuoted = (text: string): string => {
  const characters = [...text].map((character) => {
    const code = character.codePointAt(0) ?? 0;
    if (/[A-Za-z0-9]/.test(character)) return character;
    return code > 0xff_ff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return `$'${characters.join('')}'`;
};

/** Quotes a text as one shell word, so that a person can copy it safely: nothing in it is executed or hidden. */
export const shellWord = (text: string): string => {
  if (BARE.test(text)) return text;
  return text.split(' ').every((part) => part === '' || part.split("'").every(needsNoQuotes))
    ? `'${text.replaceAll("'", "'\\''")}'`
    : ansiQuoted(text);
};

const flag = (name: string, value: string): string =>
  isDoubtful(value) ? `${name}=${shellWord(value)}` : `${name} ${shellWord(value)}`;

/** An application as an option: `--app 'a b'`. */
export const applicationFlag = (app: string): string => flag('--app', app);

/** The subject of a command as options: `--uin 7 --app 'a b'`. */
export const subjectFlags = (uin: string, app?: string): string =>
  [flag('--uin', uin), ...(app === undefined ? [] : [applicationFlag(app)])].join(' ');
