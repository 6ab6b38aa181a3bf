/**
 * Extracts the addresses of a STIX 2.1 pattern (section 9) that consists of addresses alone: comparisons of
 * `ipv4-addr:value`, `ipv6-addr:value` or `network-traffic:src_ref.value` by `=`, `IN` or `ISSUBSET`, joined by OR. A
 * pattern that requires more (AND, FOLLOWEDBY, NOT, a qualifier) says nothing about the address alone.
 */
const PATHS = ['ipv4-addr:value', 'ipv6-addr:value', 'network-traffic:src_ref.value'];
const TOKEN = /\s*(?:'((?:[^'\\]|\\.)*)'|([[\](),]|[=!<>]=?)|([^\s'[\](),=!<>]+))/y;

type Token = { string: string } | { word: string };

function tokens(pattern: string): Token[] | undefined {
  const out: Token[] = [];
  TOKEN.lastIndex = 0;
  while (pattern.slice(TOKEN.lastIndex).trim() !== '') {
    const match = TOKEN.exec(pattern);
    if (!match) return undefined;
    out.push(
      match[1] === undefined
        ? { word: (match[2] ?? match[3]) as string }
        : { string: match[1].replace(/\\(.)/g, '$1') },
    );
  }
  return out;
}

/**
 * The addresses as written, and the number of other comparisons beside them; undefined if the pattern requires more or
 * is malformed.
 */
export function patternAddresses(pattern: string): { addresses: string[]; others: number } | undefined {
  const all = tokens(pattern);
  if (!all) return undefined;
  let at = 0;
  const word = (): string => {
    const token = all[at];
    return token && 'word' in token ? token.word : '';
  };
  const string = (): string | undefined => {
    const token = all[at];
    return token && 'string' in token ? token.string : undefined;
  };
  const addresses: string[] = [];
  let others = 0;

  /** PATH = 'x', PATH ISSUBSET 'x', PATH IN ('x', 'y'), or any of these in parentheses. */
  const comparison = (): boolean => {
    if (word() === '(') {
      at++;
      if (!list(comparison) || word() !== ')') return false;
      at++;
      return true;
    }
    const path = word();
    at++;
    const operator = word().toUpperCase();
    at++;
    const values: string[] = [];
    if (operator === 'IN') {
      if (word() !== '(') return false;
      do {
        at++;
        values.push(string() ?? word());
        at++;
      } while (word() === ',');
      if (word() !== ')') return false;
      at++;
    } else {
      values.push(string() ?? word());
      at++;
    }
    if (!/^[a-z0-9-]+:./.test(path)) return false;
    if (PATHS.includes(path) && ['=', '==', 'IN', 'ISSUBSET'].includes(operator)) addresses.push(...values);
    else others++;
    return ['=', '==', 'IN', 'ISSUBSET', 'LIKE', 'MATCHES', '<', '>', '<=', '>=', '!='].includes(operator);
  };
  const observation = (): boolean => {
    if (word() !== '[') return false;
    at++;
    if (!list(comparison) || word() !== ']') return false;
    at++;
    return true;
  };
  const list = (part: () => boolean): boolean => {
    while (part()) {
      if (word().toUpperCase() !== 'OR') return true;
      at++;
    }
    return false;
  };
  if (!list(observation) || at !== all.length) return undefined;
  return { addresses, others };
}
