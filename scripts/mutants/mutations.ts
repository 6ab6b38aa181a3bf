/** The changes that a mutation run tries, each of which a test ought to notice: classic operators over TypeScript's own tree. */
import ts from 'typescript';

export interface Mutation {
  /** Path below the project's root. */
  file: string;
  operator: 'boundary' | 'negate' | 'arithmetic' | 'logic' | 'literal' | 'call' | 'return';
  start: number;
  end: number;
  replacement: string;
  /** 1 and up. */
  line: number;
  /** The innermost function around it that has a name, as V8 calls it; undefined for what runs when the module loads. */
  within: string | undefined;
}

type Operator = Mutation['operator'];

const binary = new Map<ts.SyntaxKind, [Operator, string][]>([
  [
    ts.SyntaxKind.LessThanToken,
    [
      ['boundary', '<='],
      ['negate', '>='],
    ],
  ],
  [
    ts.SyntaxKind.LessThanEqualsToken,
    [
      ['boundary', '<'],
      ['negate', '>'],
    ],
  ],
  [
    ts.SyntaxKind.GreaterThanToken,
    [
      ['boundary', '>='],
      ['negate', '<='],
    ],
  ],
  [
    ts.SyntaxKind.GreaterThanEqualsToken,
    [
      ['boundary', '>'],
      ['negate', '<'],
    ],
  ],
  [ts.SyntaxKind.EqualsEqualsToken, [['negate', '!=']]],
  [ts.SyntaxKind.ExclamationEqualsToken, [['negate', '==']]],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, [['negate', '!==']]],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, [['negate', '===']]],
  [ts.SyntaxKind.AmpersandAmpersandToken, [['logic', '||']]],
  [ts.SyntaxKind.BarBarToken, [['logic', '&&']]],
  [ts.SyntaxKind.PlusToken, [['arithmetic', '-']]],
  [ts.SyntaxKind.MinusToken, [['arithmetic', '+']]],
  [ts.SyntaxKind.AsteriskToken, [['arithmetic', '/']]],
  [ts.SyntaxKind.SlashToken, [['arithmetic', '*']]],
  [ts.SyntaxKind.PercentToken, [['arithmetic', '*']]],
  [ts.SyntaxKind.AmpersandToken, [['arithmetic', '|']]],
  [ts.SyntaxKind.BarToken, [['arithmetic', '&']]],
  [ts.SyntaxKind.CaretToken, [['arithmetic', '|']]],
  [ts.SyntaxKind.LessThanLessThanToken, [['arithmetic', '>>']]],
  [ts.SyntaxKind.GreaterThanGreaterThanToken, [['arithmetic', '<<']]],
  [ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken, [['arithmetic', '<<']]],
  [ts.SyntaxKind.PlusEqualsToken, [['arithmetic', '-=']]],
  [ts.SyntaxKind.MinusEqualsToken, [['arithmetic', '+=']]],
]);

/** Where a literal is a name and not a value: changing it makes no mutant of behaviour, or none that compiles. */
function isName(node: ts.Node): boolean {
  const { parent } = node;
  return (
    ts.isLiteralTypeNode(parent) ||
    ts.isImportDeclaration(parent) ||
    ts.isExportDeclaration(parent) ||
    ts.isExternalModuleReference(parent) ||
    ts.isEnumMember(parent) ||
    (ts.isCallExpression(parent) && parent.expression.kind === ts.SyntaxKind.ImportKeyword) ||
    (ts.isPropertyAssignment(parent) && parent.name === node) ||
    (ts.isPropertySignature(parent) && parent.name === node)
  );
}

const isText = (node: ts.Node): boolean =>
  ts.isStringLiteral(node) || ts.isTemplateExpression(node) || ts.isNoSubstitutionTemplateLiteral(node);

/** All mutations of one file, in the order of its text. Types and declarations without code have none. */
export function mutationsOf(file: string, text: string): Mutation[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const found: Mutation[] = [];

  const add = (node: ts.Node, operator: Operator, replacement: string): void => {
    const start = node.getStart(source);
    found.push({
      file,
      operator,
      start,
      end: node.getEnd(),
      replacement,
      line: source.getLineAndCharacterOfPosition(start).line + 1,
      within: functionAround(node, source),
    });
  };

  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isBinaryExpression(node)) {
      const joinsText =
        node.operatorToken.kind === ts.SyntaxKind.PlusToken && (isText(node.left) || isText(node.right));
      if (!joinsText)
        for (const [operator, token] of binary.get(node.operatorToken.kind) ?? [])
          add(node.operatorToken, operator, token);
    } else if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
      add(node, 'negate', `(${node.operand.getText(source)})`);
    } else if (ts.isPostfixUnaryExpression(node)) {
      const token = node.operator === ts.SyntaxKind.PlusPlusToken ? '--' : '++';
      add(node, 'arithmetic', `${node.operand.getText(source)}${token}`);
    } else if (ts.isNumericLiteral(node) && !isName(node)) {
      add(
        node,
        'literal',
        /^0x/i.test(node.getText(source)) ? `(${node.getText(source)} + 1)` : String(Number(node.text) + 1),
      );
    } else if ((node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) && !isName(node)) {
      add(node, 'literal', node.kind === ts.SyntaxKind.TrueKeyword ? 'false' : 'true');
    } else if (ts.isExpressionStatement(node)) {
      const call = ts.isAwaitExpression(node.expression) ? node.expression.expression : node.expression;
      const isSuper = ts.isCallExpression(call) && call.expression.kind === ts.SyntaxKind.SuperKeyword;
      if (ts.isCallExpression(call) && !isSuper) add(node, 'call', ';');
    } else if (ts.isIfStatement(node)) {
      add(node.expression, 'negate', `!(${node.expression.getText(source)})`);
    }
    const body = (node as ts.FunctionLikeDeclaration).body;
    if (ts.isFunctionLike(node) && body && ts.isBlock(body) && isVoid(node)) {
      const [first] = body.statements;
      if (first) {
        add(first, 'return', `return; ${first.getText(source)}`);
      }
    }
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(source, visit);
  return found.sort((a, b) => a.start - b.start || (a.replacement < b.replacement ? -1 : 1));
}

function functionAround(node: ts.Node, source: ts.SourceFile): string | undefined {
  for (let at = node.parent; at; at = at.parent) {
    if (ts.isConstructorDeclaration(at)) return at.parent.name?.text;
    const named = ts.isFunctionLike(at) && (at.name ?? (at.parent as Partial<ts.NamedDeclaration>).name);
    if (named && (ts.isIdentifier(named) || ts.isPrivateIdentifier(named) || ts.isStringLiteral(named)))
      return `${ts.isGetAccessor(at) ? 'get ' : ts.isSetAccessor(at) ? 'set ' : ''}${named.getText(source)}`;
  }
  return undefined;
}

/** A function that says that it gives nothing back may return at once. */
const isVoid = (node: ts.SignatureDeclaration): boolean =>
  node.type !== undefined && /^(void|Promise<void>)$/.test(node.type.getText());

export const apply = (text: string, { start, end, replacement }: Mutation): string =>
  text.slice(0, start) + replacement + text.slice(end);

/** `n` of all, spread over them by a seeded shuffle (mulberry32), in the order of the files again. */
export function sample(all: readonly Mutation[], n: number, seed: number): Mutation[] {
  let state = seed >>> 0;
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return all
    .map((mutation, i) => ({ mutation, i, key: random() }))
    .sort((a, b) => a.key - b.key)
    .slice(0, n)
    .sort((a, b) => a.i - b.i)
    .map(({ mutation }) => mutation);
}
