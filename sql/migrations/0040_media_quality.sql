-- How each leg's media went: figures by their names, those that were measured (docs/media/quality.md).
ALTER TABLE records.cdrs
    ADD COLUMN caller_quality jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN callee_quality jsonb NOT NULL DEFAULT '{}';
