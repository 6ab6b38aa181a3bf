/** As much of mocha as those tests use: describe, it, before, after, beforeEach, afterEach; in order, one after the other. */
declare const print: (text: string) => void;

type Work = () => unknown;

interface Suite {
  title: string;
  parent: Suite | undefined;
  tests: Array<{ title: string; work: Work }>;
  suites: Suite[];
  before: Work[];
  after: Work[];
  beforeEach: Work[];
  afterEach: Work[];
}

const suite = (title: string, parent?: Suite): Suite => ({
  title,
  parent,
  tests: [],
  suites: [],
  before: [],
  after: [],
  beforeEach: [],
  afterEach: [],
});

let current = suite('');
const root = current;
const context = { timeout: () => context, slow: () => context };
const passed = { count: 0 };
const failed: string[] = [];

const hooks = Object.fromEntries(
  (['before', 'after', 'beforeEach', 'afterEach'] as const).map((name) => [
    name,
    (work: Work) => {
      current[name].push(work);
    },
  ]),
);

Object.assign(globalThis, hooks, {
  describe(title: string, work: Work): void {
    const inner = suite(title, current);
    current.suites.push(inner);
    current = inner;
    work.call(context);
    current = inner.parent as Suite;
  },
  it(title: string, work: Work): typeof context {
    current.tests.push({ title, work });
    return context;
  },
});

/** From the outermost suite to this one. */
const chain = (one: Suite): Suite[] => (one.parent ? [...chain(one.parent), one] : [one]);

async function runSuite(one: Suite): Promise<void> {
  for (const work of one.before) await work.call(context);
  for (const { title, work } of one.tests) {
    const name = [
      ...chain(one)
        .map((outer) => outer.title)
        .filter(Boolean),
      title,
    ].join(' ');
    try {
      for (const outer of chain(one)) for (const hook of outer.beforeEach) await hook.call(context);
      await work.call(context);
      passed.count++;
    } catch (error) {
      failed.push(name);
      print(`FAILED  ${name}\n        ${String(error)}`);
    }
    for (const outer of chain(one).reverse()) for (const hook of outer.afterEach) await hook.call(context);
  }
  for (const inner of one.suites) await runSuite(inner);
  for (const work of one.after) await work.call(context);
}

/** Runs what was described. Throws where a test failed, so that the process ends with 1. */
export async function run(): Promise<void> {
  await runSuite(root);
  print(`${passed.count} passed, ${failed.length} failed`);
  if (failed.length > 0) throw new Error(`${failed.length} tests failed`);
  if (passed.count === 0) throw new Error('there was no test');
}
