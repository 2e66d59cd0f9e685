import type { FlatStatement, Loose } from './compiled-template.ts';

/** A key of a request has one value or several, as in AWS's documentation. */
type RequestContext = Readonly<Record<string, string | readonly string[]>>;

/** A request to AWS. */
export interface IamRequest {
  readonly action: string;
  readonly resource: string;
  /** The ARN of a user or role, or a service of AWS. */
  readonly principal: { readonly arn: string } | { readonly service: string };
  readonly context: RequestContext;
}

export const ACCOUNT = '111111111111';
const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'eu-west-1',
  'AWS::AccountId': ACCOUNT,
};

export const arnOfRole = (id: string, account = ACCOUNT): string => `arn:aws:iam::${account}:role/${id}`;

/** The value of a part of the template after the deployment. The name of a role is its logical id. */
const resolved = (value: Loose): Loose => {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== 'object' || value === null) return value;
  if ('Fn::GetAtt' in value) {
    const [id] = value['Fn::GetAtt'];
    return id.endsWith('Role') ? arnOfRole(id) : `arn:aws:sqs:eu-west-1:${ACCOUNT}:${id}`;
  }
  if ('Fn::Sub' in value)
    return value['Fn::Sub'].replace(/\$\{([\w:.]+)\}/g, (_: string, name: string) => PSEUDO[name] ?? name);
  if ('Ref' in value) return PSEUDO[value.Ref] ?? value.Ref;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolved(inner)]));
};

const list = (value: Loose): readonly string[] => (Array.isArray(value) ? value : [value]);

const like = (value: string, pattern: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  ).test(value);

const MATCHES: Readonly<Record<string, (value: string, wanted: string) => boolean>> = {
  StringEquals: (value, wanted) => value === wanted,
  StringLike: like,
  ArnEquals: like,
  ArnLike: like,
  Bool: (value, wanted) => value === wanted,
};

/** Whether one value fulfils an operator. A negated operator requires that no value matches. */
const fulfils = (operator: string, value: string, wanted: readonly string[]): boolean => {
  const matches = MATCHES[operator.replace('Not', '')];
  if (matches === undefined) throw new Error(`This evaluator does not know the operator ${operator}.`);
  return operator.includes('Not')
    ? wanted.every((each) => !matches(value, each))
    : wanted.some((each) => matches(value, each));
};

const holds = (
  operator: string,
  actual: string | readonly string[] | undefined,
  wanted: readonly string[],
): boolean => {
  if (operator === 'Null') return (actual === undefined) === (wanted[0] === 'true');
  const [, set, plain = ''] = /^(?:(ForAnyValue|ForAllValues):)?(\w+)$/.exec(operator) ?? [];
  if (set === undefined) {
    if (actual === undefined) return plain.includes('Not');
    if (typeof actual !== 'string') throw new Error(`${operator} is for one value, and the request has a set.`);
    return fulfils(plain, actual, wanted);
  }
  const values = actual === undefined ? [] : list(actual);
  return set === 'ForAnyValue'
    ? values.some((value) => fulfils(plain, value, wanted))
    : values.every((value) => fulfils(plain, value, wanted));
};

const isMet = ({ Condition = {} }: FlatStatement, context: RequestContext): boolean =>
  Object.entries<Loose>(resolved(Condition)).every(([operator, keys]) =>
    Object.entries<Loose>(keys).every(([key, wanted]) => holds(operator, context[key], list(wanted))),
  );

const isAbout = ({ Principal }: FlatStatement, { principal }: IamRequest): boolean => {
  if (Principal === undefined || Principal === '*') return true;
  if ('service' in principal) return list(Principal.Service ?? []).includes(principal.service);
  const named = list(resolved(Principal.AWS ?? []));
  return named.some((arn) => arn === principal.arn || arn === `arn:aws:iam::${principal.arn.split(':')[4]}:root`);
};

const applies = (statement: FlatStatement, request: IamRequest): boolean =>
  statement.actions.some((action) => like(request.action, action)) &&
  statement.resources.some((resource) => like(request.resource, resolved(resource))) &&
  isAbout(statement, request) &&
  isMet(statement, request.context);

const accountOf = ({ principal }: IamRequest): string | undefined =>
  'service' in principal ? undefined : principal.arn.split(':')[4];

/**
 * Whether IAM allows a request. No statement may deny it. Within the account, one of the policies must allow it; from
 * another account, both must.
 * @param identity the principal's own policy.
 * @param resourcePolicy the policy of the resource.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export const isAllowed = (
  request: IamRequest,
  identity: readonly FlatStatement[],
  resourcePolicy: readonly FlatStatement[],
): boolean => {
  const context: RequestContext = {
    ...request.context,
    ...('arn' in request.principal && { 'aws:PrincipalArn': request.principal.arn }),
  };
  const found = (statements: readonly FlatStatement[], effect: string): boolean =>
    statements.some((each) => each.Effect === effect && applies(each, { ...request, context }));
  if (found([...identity, ...resourcePolicy], 'Deny')) return false;
  if ('service' in request.principal) return found(resourcePolicy, 'Allow');
  return accountOf(request) === ACCOUNT
    ? found([...identity, ...resourcePolicy], 'Allow')
    : found(identity, 'Allow') && found(resourcePolicy, 'Allow');
};

/** The policy of somebody with all permissions. */
export const EVERYTHING: readonly FlatStatement[] = [{ Effect: 'Allow', actions: ['*'], resources: ['*'] }];
