export const PARAMETERS = [
  'elasticsearchUrl',
  'elasticsearchCa',
  'plainHttpHosts',
  'enforceCluster',
  'secrets',
  'secretsKeyArn',
  'accountSource',
  'accountSourcePrincipal',
  'accountSourceAccount',
  'alarmEmail',
  'vpcSubnetIds',
  'vpcSecurityGroupIds',
  'tracing',
  'retain',
  'reservedConcurrency',
] as const;

/** The parameters of the command line, without spaces around them; empty if not given. */
export type Parameters = Readonly<Record<(typeof PARAMETERS)[number], string>>;
