import { Command, type ErrorOptions } from 'commander';
import { CATEGORY_ID } from '../../policy/own-indices.ts';

/** A command whose errors also say how to write what was probably meant. */
export class HelpfulCommand extends Command {
  override createCommand(name?: string): Command {
    return new HelpfulCommand(name);
  }

  override error(message: string, options?: ErrorOptions): never {
    return super.error(
      `${message}${options?.code === 'commander.excessArguments' ? this.#meantCategory() : ''}`,
      options,
    );
  }

  /** `verify sdk-logs` was probably meant as `verify --category sdk-logs`. */
  #meantCategory(): string {
    const option = this.options.find(({ long }) => long === '--category');
    const words = this.args;
    if (option === undefined || !words.every((word) => CATEGORY_ID.test(word))) return '';
    return option.variadic || words.length === 1
      ? `\n(Did you mean ${this.name()} --category ${words.join(' ')}?)`
      : '';
  }
}
