{#- Small expressions that engines spell differently. -#}

{#- Local wall time of a UTC timestamp. Args: at, timezone (SQL, an IANA name). -#}
{% macro to_local(at, timezone) -%}
    {{- adapter.dispatch('to_local', 'kontakti')(at, timezone) -}}
{%- endmacro %}
{% macro duckdb__to_local(at, timezone) -%}
    {#- For a zone that is a column DuckDB sets up a calendar a row; a constant one costs a fifth. To read
        the time as one of UTC needs no calendar at all. -#}
    {%- set usual = "'" ~ var('default_timezone') ~ "'" -%}
    {%- set instant = "make_timestamptz(epoch_us(" ~ at ~ "))" -%}
    case
        when {{ timezone }} = {{ usual }} then timezone({{ usual }}, {{ instant }})
        else timezone({{ timezone }}, {{ instant }})
    end
{%- endmacro %}
{% macro spark__to_local(at, timezone) -%} from_utc_timestamp({{ at }}, {{ timezone }}) {%- endmacro %}


{#- UTC timestamp of a local wall time. A time that the clocks skip is taken as if they had not been
    moved yet; of one that comes twice in autumn the first is meant. Args: at, timezone (SQL). -#}
{% macro to_utc(at, timezone) -%}
    {{- adapter.dispatch('to_utc', 'kontakti')(at, timezone) -}}
{%- endmacro %}
{% macro duckdb__to_utc(at, timezone) -%}
    {#- DuckDB takes the second of two; the offset of some hours earlier gives the first. -#}
    {%- set second = "timezone('UTC', timezone(" ~ timezone ~ ", " ~ at ~ "))" -%}
    {%- set first = "timezone('UTC', timezone(" ~ timezone ~ ", " ~ at ~ " - interval 3 hours)) + interval 3 hours" -%}
    case
        when timezone({{ timezone }}, timezone('UTC', {{ first }})) = {{ at }} then {{ first }}
        else {{ second }}
    end
{%- endmacro %}
{% macro spark__to_utc(at, timezone) -%} to_utc_timestamp({{ at }}, {{ timezone }}) {%- endmacro %}


{#- Whole seconds from one timestamp to a later one, by difference of epochs (never by wall time);
    fractions are dropped. Args: from_at, to_at (SQL). -#}
{% macro seconds_between(from_at, to_at) -%} {{- whole_seconds(micros_between(from_at, to_at)) -}} {%- endmacro %}


{#- Microseconds from one timestamp to a later one, for lengths that are added up before their fractions are
    dropped. Args: from_at, to_at (SQL). -#}
{% macro micros_between(from_at, to_at) -%}
    {{- adapter.dispatch('micros_between', 'kontakti')(from_at, to_at) -}}
{%- endmacro %}
{% macro duckdb__micros_between(from_at, to_at) -%} (epoch_us({{ to_at }}) - epoch_us({{ from_at }})) {%- endmacro %}
{% macro spark__micros_between(from_at, to_at) -%}
    ({{ spark__micros(to_at) }} - {{ spark__micros(from_at) }})
{%- endmacro %}


{#- Microseconds in whole seconds; fractions are dropped. Args: micros (SQL, an integer). -#}
{% macro whole_seconds(micros) -%}
    {{- adapter.dispatch('whole_seconds', 'kontakti')(micros) -}}
{%- endmacro %}
{% macro duckdb__whole_seconds(micros) -%} ({{ micros }} // 1000000) {%- endmacro %}
{% macro spark__whole_seconds(micros) -%} ({{ micros }} div 1000000) {%- endmacro %}


{#- A timestamp moved by a number of seconds. Args: at, seconds (SQL). -#}
{% macro add_seconds(at, seconds) -%}
    {{- adapter.dispatch('add_seconds', 'kontakti')(at, seconds) -}}
{%- endmacro %}
{% macro duckdb__add_seconds(at, seconds) -%}
    ({{ at }} + to_seconds({{ seconds }}))
{%- endmacro %}
{% macro spark__add_seconds(at, seconds) -%}
    timestamp_micros({{ spark__micros(at) }} + cast(cast({{ seconds }} as decimal(20, 6)) * 1000000 as bigint))
{%- endmacro %}


{#- A date moved by a number of days. Args: day, days (SQL). -#}
{% macro add_days(day, days) -%}
    {{- adapter.dispatch('add_days', 'kontakti')(day, days) -}}
{%- endmacro %}
{% macro duckdb__add_days(day, days) -%} cast({{ day }} + cast({{ days }} as integer) as date) {%- endmacro %}
{% macro spark__add_days(day, days) -%} date_add(cast({{ day }} as date), cast({{ days }} as integer)) {%- endmacro %}


{#- Start of the interval that holds a UTC timestamp. Args: at (SQL), minutes (int). -#}
{% macro interval_floor(at, minutes) -%}
    {{- adapter.dispatch('interval_floor', 'kontakti')(at, minutes) -}}
{%- endmacro %}
{% macro duckdb__interval_floor(at, minutes) -%}
    time_bucket(interval '{{ minutes }} minutes', {{ at }}, timestamp '2000-01-01')
{%- endmacro %}
{% macro spark__interval_floor(at, minutes) -%}
    timestamp_micros({{ spark__micros(at) }} - pmod({{ spark__micros(at) }}, {{ minutes * 60000000 }}))
{%- endmacro %}


{#- ISO weekday of a date, Monday = 1. Args: day (SQL). -#}
{% macro iso_weekday(day) -%}
    {{- adapter.dispatch('iso_weekday', 'kontakti')(day) -}}
{%- endmacro %}
{% macro duckdb__iso_weekday(day) -%} isodow({{ day }}) {%- endmacro %}
{% macro spark__iso_weekday(day) -%} (weekday({{ day }}) + 1) {%- endmacro %}


{#- A relation with one column day_at (date): every day from first_day to last_day, both included (SQL). -#}
{% macro date_spine_days(first_day, last_day) -%}
    {{- adapter.dispatch('date_spine_days', 'kontakti')(first_day, last_day) -}}
{%- endmacro %}
{% macro duckdb__date_spine_days(first_day, last_day) -%}
    (
        select cast(days.day_at as date) as day_at
        from generate_series(
            cast({{ first_day }} as timestamp), cast({{ last_day }} as timestamp), interval 1 day
        ) as days (day_at)
    )
{%- endmacro %}
{% macro spark__date_spine_days(first_day, last_day) -%}
    (select explode(sequence({{ first_day }}, {{ last_day }}, interval 1 day)) as day_at)
{%- endmacro %}


{#- Whether a JSON text array holds a text. Args: json_array (SQL), value (str). -#}
{% macro json_array_contains(json_array, value) -%}
    {{- adapter.dispatch('json_array_contains', 'kontakti')(json_array, value) -}}
{%- endmacro %}
{% macro duckdb__json_array_contains(json_array, value) -%}
    coalesce(json_contains(try_cast({{ json_array }} as json), '"{{ value }}"'), false)
{%- endmacro %}
{% macro spark__json_array_contains(json_array, value) -%}
    coalesce(array_contains(from_json({{ json_array }}, 'array<string>'), '{{ value }}'), false)
{%- endmacro %}


{#- The text of one member of a JSON object; null where the text is no JSON.
    Args: json_object (SQL), member (str). -#}
{% macro json_member(json_object, member) -%}
    {{- adapter.dispatch('json_member', 'kontakti')(json_object, member) -}}
{%- endmacro %}
{% macro duckdb__json_member(json_object, member) -%}
    json_extract_string(try_cast({{ json_object }} as json), '$.{{ member }}')
{%- endmacro %}
{% macro spark__json_member(json_object, member) -%} get_json_object({{ json_object }}, '$.{{ member }}') {%- endmacro %}


{#- A row for each element of a JSON list, as text; in a select list. Args: json_array (SQL). -#}
{% macro json_elements(json_array) -%}
    {{- adapter.dispatch('json_elements', 'kontakti')(json_array) -}}
{%- endmacro %}
{% macro duckdb__json_elements(json_array) -%}
    unnest(cast(json_extract(try_cast({{ json_array }} as json), '$[*]') as varchar[]))
{%- endmacro %}
{% macro spark__json_elements(json_array) -%}
    explode(from_json({{ json_array }}, 'array<string>'))
{%- endmacro %}


{#- A cast that gives null where the text does not fit the type. Args: value (SQL), type (str). -#}
{% macro cast_or_null(value, type) -%}
    {{- adapter.dispatch('cast_or_null', 'kontakti')(value, type) -}}
{%- endmacro %}
{% macro duckdb__cast_or_null(value, type) -%} try_cast({{ value }} as {{ type }}) {%- endmacro %}
{% macro spark__cast_or_null(value, type) -%} try_cast({{ value }} as {{ type }}) {%- endmacro %}


{#- The value of one column at the row where others are smallest or largest. Rows without a value or
    without the first of those never win; of rows alike in all of them the smallest or largest value
    does, so that the result does not hang on the order in which rows arrived.
    Args: value (SQL), ordering (SQL, or a list of it). -#}
{% macro first_by(value, ordering) -%}
    {{- adapter.dispatch('first_by', 'kontakti')(value, [ordering] if ordering is string else ordering) -}}
{%- endmacro %}
{% macro duckdb__first_by(value, ordering) -%}
    min_by({{ value }}, case when {{ ordering[0] }} is not null then row({{ ordering | join(', ') }}, {{ value }}) end)
{%- endmacro %}
{% macro spark__first_by(value, ordering) -%} min_by({{ value }}, {{ spark__rank_of(value, ordering) }}) {%- endmacro %}

{% macro last_by(value, ordering) -%}
    {{- adapter.dispatch('last_by', 'kontakti')(value, [ordering] if ordering is string else ordering) -}}
{%- endmacro %}
{% macro duckdb__last_by(value, ordering) -%}
    max_by({{ value }}, case when {{ ordering[0] }} is not null then row({{ ordering | join(', ') }}, {{ value }}) end)
{%- endmacro %}
{% macro spark__last_by(value, ordering) -%} max_by({{ value }}, {{ spark__rank_of(value, ordering) }}) {%- endmacro %}

{#- In a struct Spark takes null for the smallest and DuckDB for the largest value. -#}
{% macro spark__rank_of(value, ordering) -%}
    case
        when {{ value }} is not null and {{ ordering[0] }} is not null
            then struct({% for rank in ordering + [value] %}{{ rank }} is null, {{ rank }}{{ ', ' if not loop.last }}{% endfor %})
    end
{%- endmacro %}


{#- Seconds from one timestamp to a later one with their fraction. Args: from_at, to_at (SQL). -#}
{% macro exact_seconds_between(from_at, to_at) -%}
    {{- adapter.dispatch('exact_seconds_between', 'kontakti')(from_at, to_at) -}}
{%- endmacro %}
{% macro duckdb__exact_seconds_between(from_at, to_at) -%}
    ((epoch_us({{ to_at }}) - epoch_us({{ from_at }})) / 1000000.0)
{%- endmacro %}
{% macro spark__exact_seconds_between(from_at, to_at) -%}
    (({{ spark__micros(to_at) }} - {{ spark__micros(from_at) }}) / cast(1000000 as double))
{%- endmacro %}


{#- Minutes since local midnight of a local wall time. Args: local_at (SQL). -#}
{% macro minute_of_day(local_at) -%}
    {{- adapter.dispatch('minute_of_day', 'kontakti')(local_at) -}}
{%- endmacro %}
{% macro duckdb__minute_of_day(local_at) -%}
    cast(hour({{ local_at }}) * 60 + minute({{ local_at }}) as integer)
{%- endmacro %}
{% macro spark__minute_of_day(local_at) -%} (hour({{ local_at }}) * 60 + minute({{ local_at }})) {%- endmacro %}


{#- A local wall time: a date and minutes since its midnight. Args: day, minutes (SQL). -#}
{% macro local_time(day, minutes) -%}
    {{- adapter.dispatch('local_time', 'kontakti')(day, minutes) -}}
{%- endmacro %}
{% macro duckdb__local_time(day, minutes) -%}
    (cast({{ day }} as timestamp) + to_minutes(cast({{ minutes }} as bigint)))
{%- endmacro %}
{% macro spark__local_time(day, minutes) -%}
    timestamp_micros({{ spark__micros(day) }} + cast({{ minutes }} as bigint) * 60000000)
{%- endmacro %}


{#- The nearest known value before or after a row, as a window function. Args: value (SQL). -#}
{% macro last_known(value) -%}
    {{- adapter.dispatch('last_known', 'kontakti')(value) -}}
{%- endmacro %}
{% macro duckdb__last_known(value) -%} last_value({{ value }} ignore nulls) {%- endmacro %}
{% macro spark__last_known(value) -%} last_value({{ value }}) ignore nulls {%- endmacro %}

{% macro first_known(value) -%}
    {{- adapter.dispatch('first_known', 'kontakti')(value) -}}
{%- endmacro %}
{% macro duckdb__first_known(value) -%} first_value({{ value }} ignore nulls) {%- endmacro %}
{% macro spark__first_known(value) -%} first_value({{ value }}) ignore nulls {%- endmacro %}


{#- Whole days from one timestamp or date to a later one. Args: from_at, to_at (SQL). -#}
{% macro days_between(from_at, to_at) -%}
    {{- adapter.dispatch('days_between', 'kontakti')(from_at, to_at) -}}
{%- endmacro %}
{% macro duckdb__days_between(from_at, to_at) -%}
    datediff('day', cast({{ from_at }} as date), cast({{ to_at }} as date))
{%- endmacro %}
{% macro spark__days_between(from_at, to_at) -%}
    datediff(cast({{ to_at }} as date), cast({{ from_at }} as date))
{%- endmacro %}


{#- Texts of a group in one, in an order. Args: value, separator, ordering (SQL). -#}
{% macro joined_text(value, separator, ordering) -%}
    {{- adapter.dispatch('joined_text', 'kontakti')(value, separator, ordering) -}}
{%- endmacro %}
{% macro duckdb__joined_text(value, separator, ordering) -%}
    string_agg({{ value }}, {{ separator }} order by {{ ordering }})
{%- endmacro %}
{% macro spark__joined_text(value, separator, ordering) -%}
    string_agg({{ value }}, {{ separator }}) within group (order by {{ ordering }})
{%- endmacro %}


{#- A hash of some columns, to see whether two rows say the same. Args: columns (list of str). -#}
{% macro values_hash(columns) -%}
    {{- adapter.dispatch('values_hash', 'kontakti')(columns) -}}
{%- endmacro %}
{% macro duckdb__values_hash(columns) -%} hash({{ columns | join(', ') }}) {%- endmacro %}
{% macro spark__values_hash(columns) -%} md5(to_json(struct({{ columns | join(', ') }}))) {%- endmacro %}


{#- When a load arrived (UTC), which its id says. Args: load_id (SQL). -#}
{% macro load_time(load_id) -%}
    {{- adapter.dispatch('load_time', 'kontakti')(load_id) -}}
{%- endmacro %}
{% macro duckdb__load_time(load_id) -%}
    make_timestamp(cast(cast({{ load_id }} as double) * 1000000 as bigint))
{%- endmacro %}
{% macro spark__load_time(load_id) -%}
    timestamp_micros(cast(rint(cast({{ load_id }} as double) * 1000000) as bigint))
{%- endmacro %}


{#- A short text that stands for a long one, the same in every run. Args: value (SQL, text). -#}
{% macro text_hash(value) -%}
    {{- adapter.dispatch('text_hash', 'kontakti')(value) -}}
{%- endmacro %}
{% macro duckdb__text_hash(value) -%} md5({{ value }}) {%- endmacro %}
{% macro spark__text_hash(value) -%} md5({{ value }}) {%- endmacro %}


{#- How often one whole number goes into another, both positive. Args: number, by (SQL). -#}
{% macro whole(number, by) -%}
    cast(floor(({{ number }}) / ({{ by }})) as integer)
{%- endmacro %}


{#- Puts two queries under each other by the names of their columns. -#}
{% macro union_by_name() -%}
    {{- adapter.dispatch('union_by_name', 'kontakti')() -}}
{%- endmacro %}
{% macro duckdb__union_by_name() -%} union all by name {%- endmacro %}
{#- Only incremental runs ask for it, which Spark has none of. -#}
{% macro spark__union_by_name() -%} union all {%- endmacro %}


{#- Microseconds since 1970 of a timestamp or date. -#}
{% macro spark__micros(at) -%} unix_micros(cast({{ at }} as timestamp)) {%- endmacro %}
