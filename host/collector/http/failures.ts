/** Every API error has the same form: a code for programs and a sentence for people. */
import type { FastifyError, FastifyInstance } from 'fastify';
import type { BaseLogger } from 'pino';

export class ApiError extends Error {
  constructor(
    readonly statusCode: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export function addFailures(app: FastifyInstance, log: BaseLogger): void {
  app.setNotFoundHandler((request, reply) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      void reply.header('allow', 'GET, HEAD');
      return reply.code(405).send({ error: 'BW_METHOD', message: `The collector answers GET, not ${request.method}.` });
    }
    const path = request.url.split('?')[0];
    const message = `There is nothing at ${path}. The API is described at /api/v1/openapi.json.`;
    return reply.code(404).send({ error: 'BW_NOT_FOUND', message });
  });

  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error instanceof ApiError)
      return reply.code(error.statusCode).send({ error: error.code, message: error.message });
    if (error.validation) return reply.code(400).send({ error: 'BW_QUERY', message: explainValidation(error) });
    const status = error.statusCode ?? 500;
    if (status < 500) {
      return reply
        .code(status)
        .send({ error: 'BW_REQUEST', message: `The request cannot be answered: ${error.message}.` });
    }
    // Store errors may contain user names and paths: log them for the operator, but do not send them to the client.
    const { method } = request;
    const path = request.url.split('?')[0];
    log.error({ err: error, method, path }, `${method} ${path} failed: ${error.message}`);
    const message = "The store does not answer. Try again shortly; the collector's log says why.";
    return reply.code(503).send({ error: 'BW_STORE', message });
  });
}

function explainValidation(error: FastifyError): string {
  const [first] = error.validation ?? [];
  const where = error.validationContext === 'params' ? 'path' : 'query';
  if (first?.keyword === 'additionalProperties') {
    return `The ${where} has no "${String(first.params['additionalProperty']).slice(0, 60)}".`;
  }
  const name = first?.instancePath.slice(1);
  const allowed = first?.params['allowedValues'] as string[] | undefined;
  const problem = allowed ? `must be one of ${allowed.join(', ')}` : (first?.message ?? 'is wrong');
  return `The ${where}'s "${name}" ${problem}.`;
}
