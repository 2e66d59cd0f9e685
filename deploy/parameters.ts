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

/** What the command line says, without blanks around it; empty where it says nothing. */
export type Parameters = Readonly<Record<(typeof PARAMETERS)[number], string>>;
