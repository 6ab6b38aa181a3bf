/** Known research scanners: an output may ask to be spared them. What the allow list holds back never reaches the log. */

/** Whether the source is one of those. */
export type Research = (source: string) => Promise<boolean>;

export const noneKnown: Research = async () => false;
