/**
 * Parses CSV (RFC 4180) as spreadsheets write it: commas or, in many European locales, semicolons; quotes; CRLF or LF;
 * an optional byte order mark.
 */

export interface CsvRow {
  /** Line where the row starts; the header is line 1. */
  line: number;
  cells: string[];
}

export class CsvError extends Error {
  constructor(
    readonly line: number,
    problem: string,
  ) {
    super(problem);
  }
}

/** Non-empty rows, the header first. Unquoted cells are trimmed. */
export function readCsv(text: string): CsvRow[] {
  const body = text.replace(/^\ufeff/, '');
  const heading = body.slice(0, body.search(/\r?\n|$/));
  const separator = heading.includes(';') && !heading.includes(',') ? ';' : ',';
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let cell = '';
  let quoted = false;
  let wasQuoted = false;
  let line = 1;
  let began = 1;
  const endCell = (): void => {
    cells.push(wasQuoted ? cell : cell.trim());
    cell = '';
    wasQuoted = false;
  };
  const endRow = (): void => {
    endCell();
    if (cells.some((text) => text !== '')) rows.push({ line: began, cells });
    cells = [];
    began = line;
  };
  for (let i = 0; i < body.length; i++) {
    const c = body[i] as string;
    if (c === '\n') line++;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (body[i + 1] === '"') cell += body[++i];
      else quoted = false;
    } else if (c === '"' && cell.trim() === '') {
      quoted = wasQuoted = true;
      cell = '';
    } else if (c === separator) endCell();
    else if (c === '\n') endRow();
    else if (c !== '\r') {
      if (wasQuoted && c.trim() !== '') throw new CsvError(line, 'Something follows a closing quote.');
      if (!wasQuoted) cell += c;
    }
  }
  if (quoted) throw new CsvError(began, 'A quote is opened and never closed.');
  endRow();
  return rows;
}
