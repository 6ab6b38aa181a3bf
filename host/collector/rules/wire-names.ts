/**
 * Names that are fixed on the wire, in the store and in outputs, where the code uses the field's terms. To change one
 * would need a new protocol version, a migration, and a change at every receiver.
 */

/** Message type (topic), kind and stage of a record, and output event. */
export const SUSPICION_REPORT = 'whisper';
/** Kind of a record that lists first-contact failures. */
export const FIRST_CONTACT_FAILURES = 'knocks';
/** Value of `records.leaf` for such a record. */
export const FIRST_CONTACT_LEAF = 'knock';
/** Output event. */
export const FLEET_DETECTION = 'conviction';
