/** `/api/v1/export`: streams stored data in other tools' formats. */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Of } from '../../api/schema.js';
import { failure, oneOf, query, text, time } from '../../api/schema.js';
import type { ExportFormat } from '../outputs/export.js';
import { contentTypeOf, exportFormats, exportKinds, exportPieces, exportProblem } from '../outputs/export.js';
import type { Database } from '../store/database.js';
import { ApiError } from './failures.js';
import { boundsOf } from './period.js';
import { canonical } from './routes.js';

const endings: Record<ExportFormat, string> = {
  ndjson: 'ndjson',
  csv: 'csv',
  eve: 'json',
  ecs: 'ndjson',
  ocsf: 'ndjson',
  stix: 'json',
  cef: 'cef',
};

const asked = query({
  what: { ...oneOf(exportKinds), default: 'scans' },
  format: { ...oneOf(exportFormats), default: 'ndjson' },
  from: time,
  to: time,
  source: text,
  site: text,
});

export function addExport(app: FastifyInstance, db: Database, clock: () => number): void {
  app.get<{ Querystring: Of<typeof asked> }>(
    '/api/v1/export',
    {
      schema: {
        summary:
          "Stored data as a file in another tool's format. Default: everything; for campaigns, the last seven days.",
        querystring: asked,
        response: { 400: failure, 503: failure },
      },
    },
    async (request, reply) => {
      const { what, format, from, to, source, site } = request.query;
      const problem = exportProblem({ what, format });
      if (problem) throw new ApiError(400, 'BW_QUERY', problem[0]?.toUpperCase() + problem.slice(1));
      if (from !== undefined && to !== undefined && !(Date.parse(from) < Date.parse(to)))
        throw new ApiError(400, 'BW_QUERY', 'The query\'s "from" must be before its "to".');
      const wanted = {
        what,
        format,
        ...boundsOf({ from, to }),
        ...(source === undefined ? {} : { source: canonical(source) ?? source }),
        ...(site === undefined ? {} : { site }),
      };
      void reply
        .header('content-type', contentTypeOf[format])
        .header('content-disposition', `attachment; filename="blockwatch-${what}.${endings[format]}"`);
      return reply.send(Readable.from(request.method === 'HEAD' ? [] : exportPieces(db, wanted, clock())));
    },
  );
}
