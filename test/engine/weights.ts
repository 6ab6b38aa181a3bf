/** The detector's thresholds as numbers: src/engine/constants/weights.ts is AssemblyScript, and no module for Node. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { projectRoot } from '../../host/common/paths.js';

/** Values of the exported constants by name: products and sums of numbers and of constants before them. */
function readConstants(): Map<string, number> {
  const path = join(projectRoot, 'src/engine/constants/weights.ts');
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2022, true);
  const values = new Map<string, number>();

  const numberOf = (node: ts.Expression): number => {
    if (ts.isNumericLiteral(node)) return Number(node.text);
    if (ts.isIdentifier(node)) return values.get(node.text) ?? NaN;
    if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node)) return numberOf(node.expression);
    if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken) return -numberOf(node.operand);
    if (!ts.isBinaryExpression(node)) return NaN;
    const [left, right] = [numberOf(node.left), numberOf(node.right)];
    if (node.operatorToken.kind === ts.SyntaxKind.AsteriskToken) return left * right;
    if (node.operatorToken.kind === ts.SyntaxKind.PlusToken) return left + right;
    if (node.operatorToken.kind === ts.SyntaxKind.MinusToken) return left - right;
    return NaN;
  };

  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations)
      if (initializer) values.set(name.getText(source), numberOf(initializer));
  }
  return values;
}

const constants = readConstants();

/** @throws where weights.ts has no such constant, or it is no number */
export function weightConstant(name: string): number {
  const value = constants.get(name);
  if (value === undefined || Number.isNaN(value))
    throw new Error(`src/engine/constants/weights.ts has no number ${name}`);
  return value;
}
