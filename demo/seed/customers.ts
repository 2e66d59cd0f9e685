/**
 * One application of one customer. Identifiers are strings, because these account numbers are too large for a double.
 */
export interface Application {
  readonly uin: string;
  readonly sdkAppId: string;
  readonly applicationName: string;
}

const account = (uin: string, first: number, ...names: readonly string[]): readonly Application[] =>
  names.map((applicationName, at) => ({ uin, sdkAppId: String(first + at), applicationName }));

/** Six accounts with fourteen applications. As doubles, the first two account numbers would be equal. */
export const APPLICATIONS: readonly Application[] = [
  ...account('9007199254740992', 1400100201, 'Harbour Clinic', 'Harbour Clinic (test)'),
  ...account('9007199254740993', 1400100307, 'Open Classroom', 'Exam Room', 'Parents’ Evening'),
  ...account('9007199254741881', 1400211410, 'Night Shift Radio', 'Studio Talkback'),
  ...account('9007199254744127', 1400305512, 'Field Service', 'Field Service EU', 'Remote Expert'),
  ...account('9007199254750339', 1400417718, 'Choir Practice'),
  ...account('9007199254763217', 1400520926, 'Board Games Live', 'Board Games Chat', 'Tournament'),
];

/** Every account and every application: all possible subjects of data. */
export const SUBJECTS: readonly { readonly uin: string; readonly sdkAppId?: string }[] = [
  ...new Set(APPLICATIONS.map(({ uin }) => uin)),
]
  .map((uin): { readonly uin: string; readonly sdkAppId?: string } => ({ uin }))
  .concat(APPLICATIONS.map(({ uin, sdkAppId }) => ({ uin, sdkAppId })));
