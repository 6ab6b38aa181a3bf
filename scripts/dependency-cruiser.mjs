// The rules that `npm run graph` holds and draws the graph by (docs/GRAPH.md). Which room may import which is TypeScript's
// to say (`references` in each tsconfig.json); what is left to say here is that nothing goes in circles.
export default {
  forbidden: [
    {
      name: 'no-circle-of-files',
      comment: 'Two files that need each other are one file, or share a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-circle-of-folders',
      comment: 'A folder that is imported by what it imports cannot be understood alone.',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)node_modules/|\\.d\\.ts$' },
    tsPreCompilationDeps: true,
    moduleSystems: ['es6'],
  },
};
