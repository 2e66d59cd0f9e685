import type { Command, Option } from 'commander';

/** The shells that a completion can be written for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What can follow the words of one command. */
interface Completable {
  /** The words of the command: `keys generate`. */
  readonly words: string;
  readonly options: readonly string[];
  readonly commands: readonly string[];
}

const shown = (command: Command): readonly Command[] => command.commands.filter((each) => each.name() !== 'help');

const longOf = ({ long, short }: Option): string => long ?? short ?? '';

const completables = (command: Command, words: readonly string[]): readonly Completable[] => {
  const commands = shown(command);
  const options = [...command.options.map(longOf), '--help'].filter((option) => option !== '');
  const own = { words: words.join(' '), options, commands: commands.map((each) => each.name()) };
  return [own, ...commands.flatMap((each) => completables(each, [...words, each.name()]))];
};

/** In single quotes nothing is special but the quote itself. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const bash = (all: readonly Completable[], launcher: string): string => `# source <(node ${launcher} completion bash)
command -v es-retention >/dev/null || es-retention() { node ${quoted(launcher)} "$@"; }
_es_retention() {
  local word words=() current="\${COMP_WORDS[COMP_CWORD]}"
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] && break
    words+=("$word")
  done
  case "\${words[*]}" in
${all.map(({ words, options, commands }) => `    ${quoted(words)}) COMPREPLY=($(compgen -W ${quoted([...commands, ...options].join(' '))} -- "$current")) ;;`).join('\n')}
    *) COMPREPLY=() ;;
  esac
  [[ \${#COMPREPLY[@]} -gt 0 || $current == -* ]] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _es_retention es-retention
`;

const zsh = (all: readonly Completable[], launcher: string): string =>
  `autoload -U +X bashcompinit && bashcompinit\n${bash(all, launcher).replace('completion bash', 'completion zsh')}`;

const fish = (all: readonly Completable[], launcher: string): string =>
  [
    `# node ${launcher} completion fish | source`,
    `type -q es-retention; or function es-retention; node ${quoted(launcher)} $argv; end`,
    'complete -c es-retention -e',
    ...all.flatMap(({ words, options, commands }) => {
      const last = words.split(' ').at(-1) ?? '';
      const when = words === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${last}`;
      return [
        ...commands.map((name) => `complete -c es-retention -f -n ${quoted(when)} -a ${name}`),
        ...options
          .filter((option) => option.startsWith('--'))
          .map((option) => `complete -c es-retention -n ${quoted(when)} -l ${option.slice(2)}`),
      ];
    }),
    '',
  ].join('\n');

const WRITERS: Readonly<Record<Shell, typeof bash>> = { bash, zsh, fish };

/**
 * A script that completes the commands and options of the command line. It also defines `es-retention` as a function of
 * the shell where there is no such command.
 * @param launcher the path of bin/es-retention.mjs.
 */
export const completionScript = (root: Command, shell: Shell, launcher: string): string =>
  WRITERS[shell](completables(root, []), launcher);
