/**
 * Elements without HTML strings. Everything a sensor or a scanner sends is attacker-influenced, so text only ever
 * becomes a text node or an attribute; `style` is not an attribute here, because the page's policy forbids it.
 */
export type Child = Node | string | number | null | undefined | false;
export type Attributes = Record<string, string | number | boolean | null | undefined>;

const SVG = 'http://www.w3.org/2000/svg';

function assign(element: Element, attributes: Attributes | null): void {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
}

function fill(element: Element, children: Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

/** An HTML element with attributes and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes | null = null,
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  assign(element, attributes);
  fill(element, children);
  return element;
}

/** An SVG element with attributes and children. */
export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes | null = null,
  ...children: Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag) as SVGElementTagNameMap[K];
  assign(element, attributes);
  fill(element, children);
  return element;
}

/** A button that does something. */
export function button(attributes: Attributes, label: Child, action: (event: MouseEvent) => void): HTMLButtonElement {
  const element = h('button', { type: 'button', ...attributes }, label);
  element.addEventListener('click', action);
  return element;
}

/** Writes text only where it differs, so that a selection in unchanged text survives. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element: Element, name: string, value: string | null): void {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Replaces the children, but only where `signature` differs from the last call's. */
export function replaceWhen(element: HTMLElement, signature: string, make: () => Child[]): void {
  if (element.dataset['shown'] === signature) return;
  element.dataset['shown'] = signature;
  element.replaceChildren();
  fill(element, make());
}

/** What a keyed list holds for an item: its element and how to bring it up to date. */
export interface Row<T> {
  element: HTMLElement;
  update(item: T): void;
}

interface Held<T> {
  row: Row<T>;
  item: T;
}
const lists = new WeakMap<Element, Map<string, Held<unknown>>>();

/**
 * Brings the children of `parent` in line with `items`: keeps the elements of known keys, touches only what changed
 * and never moves an element that already stands in its place, so that focus and scroll stay where they are.
 * Returns the elements that are new.
 */
export function keyed<T>(
  parent: Element,
  items: readonly T[],
  key: (item: T) => string,
  create: (item: T) => Row<T>,
): HTMLElement[] {
  const held = (lists.get(parent) ?? new Map()) as Map<string, Held<T>>;
  lists.set(parent, held as Map<string, Held<unknown>>);
  const wanted = new Set(items.map(key));
  for (const [name, { row }] of held) {
    if (wanted.has(name)) continue;
    row.element.remove();
    held.delete(name);
  }
  const focused = document.activeElement as HTMLElement | null;
  const added: HTMLElement[] = [];
  let cursor = parent.firstElementChild;
  for (const item of items) {
    const name = key(item);
    let entry = held.get(name);
    if (!entry) {
      entry = { row: create(item), item };
      held.set(name, entry);
      added.push(entry.row.element);
      entry.row.update(item);
    } else if (entry.item !== item) {
      entry.item = item;
      entry.row.update(item);
    }
    if (entry.row.element === cursor) cursor = cursor.nextElementSibling;
    else parent.insertBefore(entry.row.element, cursor);
  }
  if (focused && focused !== document.activeElement && parent.contains(focused)) focused.focus({ preventScroll: true });
  return added;
}
