/** A value in a CloudFormation template: JSON, with `Ref`, `Fn::GetAtt` and the like in it. */
export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

/** Resources of a template, by their logical id. */
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
export interface Statement {
  readonly [key: string]: Value;
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: Value;
}

/** The name, or the address, of a resource, as `Ref` gives it. */
export const ref = (id: string): Value => ({ Ref: id });

/** The ARN of a resource. */
export const arnOf = (id: string): Value => ({ 'Fn::GetAtt': [id, 'Arn'] });

/** A text with `${AWS::Region}` and the like in it. */
export const sub = (text: string): Value => ({ 'Fn::Sub': text });

/** The ARN of something in this account and region: `arnHere('sqs', 'name')`. */
export const arnHere = (service: string, name: string): Value =>
  sub(`arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${name}`);

/** A role's trust: that service may take it on, for this account. */
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
export const role = (trust: Value, name: string, statements: readonly Statement[], tags: Value): Resources[string] => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: trust,
    Policies: [{ PolicyName: name, PolicyDocument: { Version: '2012-10-17', Statement: statements } }],
    Tags: tags,
  },
});
