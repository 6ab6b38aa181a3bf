/** The interface between capture readers and their callers: one call per frame, no object per frame. */

/**
 * Receives one frame.
 *
 * @param timeMs milliseconds since 1970, with fractions
 * @param link one of LINK_* in src/engine/constants/codes.ts, or 0 for a link type that the engine only counts
 * @param bytes the captured bytes are `bytes[offset .. offset + captured)`, valid only during the call
 * @param original length on the wire
 */
export type TakeFrame = (
  timeMs: number,
  link: number,
  bytes: Buffer,
  offset: number,
  captured: number,
  original: number,
) => void;

/** Reading stopped early. A parser throws it; `readCapture` turns it into a UserError with the file's name. */
export class DamagedCapture extends Error {}

/** The bytes are not a capture. */
export class NotACapture extends Error {}

/** The capture has no link type that the engine knows. */
export class UnknownLink extends Error {}

/** One capture format. Parsers receive bytes as they arrive and keep none of them. */
export interface CaptureParser {
  /** Reads every whole record in `bytes[start .. end)`; returns the offset of the first unfinished one. */
  parse(bytes: Buffer, start: number, end: number, take: TakeFrame): number;
}
