import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A value of a compiled template: JSON of CloudFormation, of which a test knows what to expect. */
// biome-ignore lint/suspicious/noExplicitAny: CloudFormation's own shapes; the test asserts them
export type Loose = any;

/** A resource of a compiled template. */
interface Resource {
  readonly id: string;
  readonly Type: string;
  readonly Properties: Loose;
}

/** A statement of an IAM policy, with lists where IAM allows a single value too. */
export interface FlatStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly resources: readonly Loose[];
  readonly Principal?: Loose;
  readonly Condition?: Loose;
}

/** A compiled template, to be asked. */
export interface CompiledTemplate {
  readonly resources: readonly Resource[];
  readonly outputs: Readonly<Record<string, { readonly Value: Loose }>>;
  readonly ofType: (type: string) => readonly Resource[];
  readonly byId: (id: string) => Resource;
  /** The one that a `Ref` or `Fn::GetAtt` names. */
  readonly named: (value: Loose) => Resource;
  /** What a role may do. */
  readonly statementsOf: (role: Resource) => readonly FlatStatement[];
}

/** The name of a queue, without what tells the stacks of one name apart. */
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

/** Reads the template in a folder that osls packaged into. */
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
