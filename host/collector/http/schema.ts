/** How a route says what it takes and gives: Fastify reads the schemas at run time, TypeScript the types in them. */
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyTypeProvider,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { Of, Schema } from '../../api/schema.js';
import { failure, noQuery } from '../../api/schema.js';

/** A handler's question and its answer have the types of its route's schemas. */
interface SchemaTypes extends FastifyTypeProvider {
  validator: Of<this['schema']>;
  serializer: Of<this['schema']>;
}

/** Where routes with schemas are added. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  SchemaTypes
>;

type Responses<A> = { 200: A; 400: typeof failure; 404: typeof failure; 503: typeof failure };
type Described<A, Q, P> = { schema: { summary: string; response: Responses<A>; querystring: Q; params: P } };

/** Of a route that answers JSON: one whose handler answers something else does not compile. */
export function schema<A extends Schema, Q extends Schema = typeof noQuery, P extends Schema = Schema>(
  summary: string,
  answer: A,
  querystring?: Q,
  params?: P,
): Described<A, Q, P> {
  const response = { 200: answer, 400: failure, 404: failure, 503: failure };
  return {
    schema: { summary, response, querystring: querystring ?? noQuery, ...(params ? { params } : {}) },
  } as Described<A, Q, P>;
}
