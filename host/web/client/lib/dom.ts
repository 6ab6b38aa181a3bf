/**
 * Elements without HTML strings. Everything a sensor or a scanner sends may be hostile, so text only becomes a text node
 * or an attribute; `style` is not an attribute here, because the page's policy forbids it.
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

/** A button with an action. */
export function button(attributes: Attributes, label: Child, action: (event: MouseEvent) => void): HTMLButtonElement {
  const element = h('button', { type: 'button', ...attributes }, label);
  element.addEventListener('click', action);
  return element;
}

/** Writes text only if it differs, so that a selection in unchanged text survives. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element: Element, name: string, value: string | null): void {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Replaces the children if `signature` differs from that of the last call. */
export function replaceWhen(element: HTMLElement, signature: string, make: () => Child[]): void {
  if (element.dataset['shown'] === signature) return;
  element.dataset['shown'] = signature;
  element.replaceChildren();
  fill(element, make());
}

/** The element of an item in a keyed list, and how to update it. */
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
 * Updates the children of `parent` to match `items`: keeps the elements of known keys, writes only what changed and
 * never moves an element that is already in place, so that focus and scroll position stay.
 * Returns the new elements.
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
