-- Telephone numbers: E.164 digits without '+'. A number without a customer is stock, seen by operators only.
CREATE TABLE numbers.inventory (
    e164          text COLLATE "C" PRIMARY KEY CHECK (e164 ~ '^[1-9][0-9]{6,14}$'),
    customer_id   uuid REFERENCES customers.accounts,
    trunk_id      uuid,
    rate_plan_id  uuid REFERENCES billing.rate_plans,
    status        text NOT NULL DEFAULT 'available' CHECK (status IN ('available', 'held', 'active', 'released')),
    type          text NOT NULL DEFAULT 'did' CHECK (type IN ('did', 'tfn')),
    friendly_name text NOT NULL DEFAULT '',
    description   text NOT NULL DEFAULT '',
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CHECK (customer_id IS NOT NULL OR (trunk_id IS NULL AND status = 'available')),
    CHECK (customer_id IS NULL OR status <> 'available'),
    FOREIGN KEY (trunk_id, customer_id) REFERENCES trunks.configurations (id, customer_id)
        ON DELETE SET NULL (trunk_id)
);
CREATE INDEX inventory_by_customer ON numbers.inventory (customer_id, e164);
CREATE INDEX inventory_by_trunk ON numbers.inventory (trunk_id);
CREATE INDEX inventory_by_rate_plan ON numbers.inventory (rate_plan_id);

CALL warp.protect('numbers.inventory');
CALL warp.track('numbers.inventory', 'number', 'e164', 'customer_id', true);
GRANT SELECT, UPDATE ON numbers.inventory TO warp_daemon;
GRANT SELECT, INSERT, UPDATE, DELETE ON numbers.inventory TO warp_operator;
