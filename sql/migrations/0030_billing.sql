-- Billing: accounts that are billed, what they are billed for, invoices, and what vendors claim.
CREATE TABLE billing.bans (
    ban text PRIMARY KEY CHECK (ban ~ '^[A-Z0-9-]{3,32}$'),
    customer_id uuid NOT NULL REFERENCES customers.accounts,
    name text NOT NULL DEFAULT '',
    cycle text NOT NULL DEFAULT 'MONTHLY' CHECK (cycle IN ('MONTHLY', 'WEEKLY', 'DAYS')),
    anchor smallint NOT NULL DEFAULT 1 CHECK (anchor BETWEEN 1 AND 31),
    zone text NOT NULL DEFAULT 'UTC',
    opens_at timestamptz NOT NULL DEFAULT now(),
    next_close timestamptz NOT NULL,
    due_days smallint NOT NULL DEFAULT 30,
    decimals smallint NOT NULL DEFAULT 2 CHECK (decimals BETWEEN 0 AND 9),
    rounding text NOT NULL DEFAULT 'HALF_UP',
    tax_region text NOT NULL DEFAULT '',
    tax_exempt boolean NOT NULL DEFAULT false,
    address jsonb NOT NULL DEFAULT '{}',
    is_default boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (ban, customer_id)
);
CREATE UNIQUE INDEX bans_one_default ON billing.bans (customer_id) WHERE is_default;

ALTER TABLE trunks.configurations ADD COLUMN ban text;

ALTER TABLE numbers.inventory
    ADD COLUMN ban text,
    ADD COLUMN monthly_nanos bigint NOT NULL DEFAULT 0,
    ADD COLUMN assigned_at timestamptz;

ALTER TABLE billing.contracts
    ADD COLUMN ban text,
    ADD COLUMN minimum_nanos bigint NOT NULL DEFAULT 0 CHECK (minimum_nanos >= 0),
    ADD COLUMN terms jsonb NOT NULL DEFAULT '{}';
COMMENT ON COLUMN billing.contracts.terms IS
    '{"tiers": [{"sku", "mode", "per", "steps": [{"from", "price_nanos"}]}], "bundles": [{"sku", "units", "price_nanos", "rollover"}]}';

CREATE TABLE billing.skus (
    code text PRIMARY KEY CHECK (code ~ '^[A-Z0-9._-]{2,48}$'),
    kind text NOT NULL CHECK (kind IN ('usage', 'recurring', 'once')),
    unit text NOT NULL,
    match jsonb NOT NULL DEFAULT '{}',
    tax_code text NOT NULL DEFAULT 'TELECOM',
    description text NOT NULL DEFAULT '',
    position smallint NOT NULL DEFAULT 100
);
COMMENT ON COLUMN billing.skus.match IS
    'Of usage: {"kind", "direction", "jurisdiction", "prefix"}; the most of them wins, then position';

CREATE TABLE billing.recurring (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    ban text NOT NULL REFERENCES billing.bans,
    customer_id uuid NOT NULL REFERENCES customers.accounts,
    sku text NOT NULL REFERENCES billing.skus,
    object text NOT NULL DEFAULT '',
    quantity integer NOT NULL DEFAULT 1 CHECK (quantity > 0),
    amount_nanos bigint NOT NULL,
    prorate boolean NOT NULL DEFAULT true,
    starts_at timestamptz NOT NULL DEFAULT now(),
    ends_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE billing.tax_rates (
    region text NOT NULL,
    tax_code text NOT NULL,
    name text NOT NULL,
    rate_e9 bigint NOT NULL CHECK (rate_e9 BETWEEN 0 AND 1000000000),
    on_taxes boolean NOT NULL DEFAULT false,
    effective_from date NOT NULL,
    PRIMARY KEY (region, tax_code, name, effective_from)
);
CREATE SEQUENCE billing.invoice_numbers AS bigint;

CREATE TABLE billing.invoices (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    number text NOT NULL UNIQUE,
    ban text NOT NULL,
    customer_id uuid NOT NULL REFERENCES customers.accounts,
    period_start timestamptz NOT NULL,
    period_end timestamptz NOT NULL,
    zone text NOT NULL,
    currency char(3) NOT NULL,
    status text NOT NULL DEFAULT 'DRAFT' CHECK (status IN ('DRAFT', 'ISSUED', 'PAID', 'VOID')),
    charges_nanos bigint NOT NULL,
    taxes_nanos bigint NOT NULL,
    rounding_nanos bigint NOT NULL,
    total_nanos bigint NOT NULL,
    applied_nanos bigint NOT NULL DEFAULT 0,
    issued_at timestamptz,
    due_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (id, customer_id),
    UNIQUE (ban, period_start),
    CHECK (total_nanos = charges_nanos + taxes_nanos + rounding_nanos),
    CHECK (applied_nanos <= greatest(total_nanos, 0))
);

CREATE TABLE billing.invoice_lines (
    invoice_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    position integer NOT NULL,
    kind text NOT NULL
        CHECK (kind IN ('usage', 'tier', 'bundle', 'commit', 'recurring', 'once', 'adjustment', 'tax', 'rounding')),
    sku text NOT NULL DEFAULT '',
    description text NOT NULL,
    items bigint NOT NULL DEFAULT 0,
    units bigint NOT NULL DEFAULT 0,
    unit text NOT NULL DEFAULT '',
    base_nanos bigint,
    rate_e9 bigint,
    amount_nanos bigint NOT NULL,
    ledger_entry bigint,
    PRIMARY KEY (invoice_id, position),
    FOREIGN KEY (invoice_id, customer_id) REFERENCES billing.invoices (id, customer_id) ON DELETE CASCADE
);

CREATE TABLE billing.payment_applications (
    invoice_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    ledger_entry bigint NOT NULL,
    amount_nanos bigint NOT NULL CHECK (amount_nanos > 0),
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (invoice_id, ledger_entry),
    FOREIGN KEY (invoice_id, customer_id) REFERENCES billing.invoices (id, customer_id)
);

CREATE TABLE billing.vendor_cycles (
    provider_id uuid PRIMARY KEY REFERENCES routing.providers,
    cycle text NOT NULL DEFAULT 'MONTHLY' CHECK (cycle IN ('MONTHLY', 'WEEKLY', 'DAYS')),
    anchor smallint NOT NULL DEFAULT 1,
    zone text NOT NULL DEFAULT 'UTC',
    next_close timestamptz NOT NULL,
    tolerance_seconds smallint NOT NULL DEFAULT 1,
    tolerance_e9 bigint NOT NULL DEFAULT 0
);

CREATE TABLE billing.vendor_invoices (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    provider_id uuid NOT NULL REFERENCES routing.providers,
    number text NOT NULL,
    period_start timestamptz NOT NULL,
    period_end timestamptz NOT NULL,
    currency char(3) NOT NULL,
    claimed_nanos bigint NOT NULL,
    expected_nanos bigint NOT NULL,
    status text NOT NULL DEFAULT 'OPEN' CHECK (status IN ('OPEN', 'MATCHED', 'DISPUTED', 'SETTLED')),
    details jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (provider_id, number)
);

CREATE TABLE billing.vendor_cdrs (
    invoice_id uuid NOT NULL REFERENCES billing.vendor_invoices ON DELETE CASCADE,
    line bigint NOT NULL,
    started_at timestamptz NOT NULL,
    ani text NOT NULL DEFAULT '',
    dni text NOT NULL,
    seconds integer NOT NULL,
    amount_nanos bigint NOT NULL,
    record_id uuid,
    verdict text NOT NULL DEFAULT 'OPEN' CHECK (verdict IN ('OPEN', 'MATCHED', 'NOT_OURS', 'DURATION', 'RATE', 'TWICE')),
    PRIMARY KEY (invoice_id, line)
);

CREATE TABLE billing.disputes (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    invoice_id uuid NOT NULL REFERENCES billing.vendor_invoices,
    state text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'ACCEPTED', 'REFUSED')),
    claimed_nanos bigint NOT NULL,
    granted_nanos bigint,
    note text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CALL warp.protect('billing.bans');
CALL warp.protect('billing.recurring');
CALL warp.protect('billing.invoices');
CALL warp.protect('billing.invoice_lines');
CALL warp.protect('billing.payment_applications');
CALL warp.track('billing.bans', 'ban', 'ban', 'customer_id', true);
CALL warp.track('billing.recurring', 'recurring_charge', 'id', 'customer_id', false);
GRANT SELECT ON billing.bans, billing.invoices, billing.invoice_lines, billing.payment_applications,
    billing.recurring TO warp_daemon;
GRANT SELECT, INSERT, UPDATE, DELETE ON billing.bans, billing.skus, billing.recurring, billing.tax_rates,
    billing.invoices, billing.invoice_lines, billing.payment_applications, billing.vendor_cycles,
        billing.vendor_invoices, billing.vendor_cdrs, billing.disputes TO warp_operator;
GRANT USAGE ON SEQUENCE billing.invoice_numbers TO warp_operator;
