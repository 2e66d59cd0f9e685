import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A value of a compiled CloudFormation template. The test knows its shape. */
// biome-ignore lint/suspicious/noExplicitAny: CloudFormation's own shapes; the test asserts them
export type Loose = any;

/** A resource of a compiled template. */
interface Resource {
  readonly id: string;
  readonly Type: string;
  readonly Properties: Loose;
}

/** A statement of an IAM policy. Single values are turned into lists. */
export interface FlatStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly resources: readonly Loose[];
  readonly Principal?: Loose;
  readonly Condition?: Loose;
}

/** A compiled template, with functions to query it. */
export interface CompiledTemplate {
  readonly resources: readonly Resource[];
  readonly outputs: Readonly<Record<string, { readonly Value: Loose }>>;
  readonly ofType: (type: string) => readonly Resource[];
  readonly byId: (id: string) => Resource;
  /** The resource that a `Ref` or `Fn::GetAtt` names. */
  readonly named: (value: Loose) => Resource;
  /** The permissions of a role. */
  readonly statementsOf: (role: Resource) => readonly FlatStatement[];
}

/** The name of a queue, without the part that distinguishes stacks of the same name. */
export const queueNameOf = ({ Properties }: Pick<Resource, 'Properties'>): string =>
  Properties.QueueName['Fn::Sub'][0].replace(`-\${Stack}`, '');

const list = (value: Loose): readonly Loose[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);

/** The statements of a policy document. */
export const flat = (document: Loose): readonly FlatStatement[] =>
  list(document.Statement).map(({ Action, Resource, ...rest }) => ({
    ...rest,
    actions: list(Action),
    resources: list(Resource),
  }));

/** Reads the template from a folder into which osls has packaged. */
export const readTemplate = (folder: string): CompiledTemplate => {
  const text = readFileSync(join(folder, 'cloudformation-template-update-stack.json'), 'utf8');
  const { Resources, Outputs } = JSON.parse(text) as {
    Resources: Record<string, Omit<Resource, 'id'>>;
    Outputs: CompiledTemplate['outputs'];
  };
  const resources = Object.entries(Resources).map(([id, resource]) => ({ id, ...resource }));
  const byId = (id: string): Resource => {
    const found = resources.find((resource) => resource.id === id);
    if (found === undefined) throw new Error(`The template has no resource "${id}".`);
    return found;
  };
  return {
    resources,
    outputs: Outputs,
    ofType: (type) => resources.filter(({ Type }) => Type === type),
    byId,
    named: (value) => byId(value?.Ref ?? value?.['Fn::GetAtt']?.[0]),
    statementsOf: ({ Properties }) => Properties.Policies.flatMap((policy: Loose) => flat(policy.PolicyDocument)),
  };
};
