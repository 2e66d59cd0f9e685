// A bundle that is split gives `import()` of a package only `default`. So what is loaded late is a file of ours.
export { S3Client } from '@aws-sdk/client-s3';
