import { expect, inject, test } from 'vitest';
import { readTemplate } from '../support/deployment/compiled-template.ts';

const template = readTemplate(inject('packagedService'));

test.each([
  ['EventBus', 'AWS::Events::EventBus', { 'Fn::GetAtt': ['Bus', 'Arn'] }],
  ['AlarmTopic', 'AWS::SNS::Topic', { Ref: 'Alarms' }],
  ['ArchiveBucket', 'AWS::S3::Bucket', { Ref: 'Archive' }],
  ['RedriveRole', 'AWS::IAM::Role', { 'Fn::GetAtt': ['RedriveRole', 'Arn'] }],
  ['DeadLetterQueue', 'AWS::SQS::Queue', { Ref: 'DeadLetters' }],
])('the stack outputs its %s', (name, type, value) => {
  expect(template.outputs[name]?.Value).toEqual(value);
  expect(template.named(value).Type).toBe(type);
});

test('the stack outputs the URL of the webhook', () => {
  expect(template.outputs.WebhookAddress?.Value).toEqual({ 'Fn::Sub': `\${HttpApi.ApiEndpoint}/terminations` });
  const [route] = template.ofType('AWS::ApiGatewayV2::Route');
  expect(route?.Properties).toMatchObject({ ApiId: { Ref: 'HttpApi' }, RouteKey: 'POST /terminations' });
});
