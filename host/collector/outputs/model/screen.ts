/** Screening of known research scanners, which an output may exclude. Suppressed scans never reach the log. */

/** Whether the source is a known research scanner. */
export type Research = (source: string) => Promise<boolean>;

export const noneKnown: Research = async () => false;
