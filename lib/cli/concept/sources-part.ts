import { type Block, list, paragraph, section } from './blocks.ts';

const SOURCES = [
  'ISO/IEC 27555:2021, Guidelines on personally identifiable information deletion: its scope (standards.iteh.ai/catalog/standards/sist/bb228f79-7b0b-4453-841e-4f7ade38d565/sist-en-iso-iec-27555-2025) and its table of contents (www.sachkunde24.de/de/norm/iso-iec-27555-informationssicherheit-cybersicherheit-und-datenschutz-richtlinien-zur-loeschung-persoenlich-identifizierbarer-informationen-776), as published in catalogues. The standard itself was not read.',
  'DIN 66398, Leitlinie Löschkonzept: the pages about its terms, deletion classes, and regular deletion periods (www.din-66398.de/inhalt/i-din66398/begriffe.html, …/i-din66398/loeschklassen.html, …/bezuege/methd/m_regelloeschfrist.html). The standard itself was not read.',
  'Regulation (EU) 2016/679 (GDPR), Article 30(1): its text, as quoted by gdprhub.eu/Article_30_GDPR.',
] as const;

/** What was read for the vocabulary. */
export const sourcesPart = (): readonly Block[] => [
  section('sources', 'Sources'),
  paragraph('What was read for the vocabulary of this document:'),
  list(SOURCES),
  paragraph(
    'A type of data is a cluster of PII in ISO/IEC 27555 and a Datenart in DIN 66398. A deletion rule is a Löschregel there. In DIN 66398, a standard period and an abstract starting point make a deletion class; the contents of ISO/IEC 27555 name the same. This document does not reduce the periods of the policy to a few standard periods: each of them makes a class.',
  ),
];
