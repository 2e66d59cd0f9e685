import { isDoubtful } from '../erasures/subject-values.ts';
import { isShownAsItIs } from './printable.ts';

const BARE = /^[\w@%+:,./-]+$/;

/** Bash, zsh and ksh know `$'…'`, in which every character can be written by its number. */
const ansiQuoted = (text: string): string => {
  const characters = [...text].map((character) => {
    const code = character.codePointAt(0) ?? 0;
    if (/[A-Za-z0-9]/.test(character)) return character;
    return code > 0xff_ff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return `$'${characters.join('')}'`;
};

/** A text as one word of a shell, so that nothing in it is run when a person copies it, and nothing in it is hidden. */
export const shellWord = (text: string): string => {
  if (BARE.test(text)) return text;
  return text.split(' ').every((part) => part === '' || part.split("'").every(isShownAsItIs))
    ? `'${text.replaceAll("'", "'\\''")}'`
    : ansiQuoted(text);
};

const flag = (name: string, value: string): string =>
  isDoubtful(value) ? `${name}=${shellWord(value)}` : `${name} ${shellWord(value)}`;

/** Whom a command is about, as it is typed: `--uin 7 --app 'a b'`. */
export const subjectFlags = (uin: string, app?: string): string =>
  [flag('--uin', uin), ...(app === undefined ? [] : [flag('--app', app)])].join(' ');
