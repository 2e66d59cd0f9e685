/** A value in a CloudFormation template: JSON that may contain `Ref`, `Fn::GetAtt` and so on. */
export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

/** Resources of a template, by logical id. */
export type Resources = Readonly<
  Record<
    string,
    {
      readonly Type: string;
      readonly Properties: Value;
      readonly DeletionPolicy?: string;
      readonly UpdateReplacePolicy?: string;
    }
  >
>;

/** A statement of an IAM policy. */
export interface IamStatement {
  readonly [key: string]: Value;
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: Value;
}

/** The name or URL of a resource, as `Ref` returns it. */
export const ref = (id: string): Value => ({ Ref: id });

/** The ARN of a resource. */
export const arnOf = (id: string): Value => ({ 'Fn::GetAtt': [id, 'Arn'] });

/** A text with placeholders such as `${AWS::Region}`. */
export const sub = (text: string): Value => ({ 'Fn::Sub': text });

/** The ARN of a resource in this account and region: `arnHere('sqs', 'name')`. */
export const arnHere = (service: string, name: string): Value =>
  sub(`arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${name}`);

/** The trust policy of a role, which lets a service assume it for this account. */
export const assumedBy = (service: string): Value => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: `${service}.amazonaws.com` },
      Action: 'sts:AssumeRole',
    },
  ],
});

/** A role with one policy. */
export const role = (
  trust: Value,
  name: string,
  statements: readonly IamStatement[],
  tags: Value,
): Resources[string] => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: trust,
    Policies: [{ PolicyName: name, PolicyDocument: { Version: '2012-10-17', Statement: statements } }],
    Tags: tags,
  },
});
