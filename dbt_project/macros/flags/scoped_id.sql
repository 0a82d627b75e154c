{#- The warehouse's id of a record that a file names by its native id. A file may also point at
    another system's record by its full id, such as `twilio:WT…`; that stays as it is.
    Args: dataset, native_id (SQL). -#}
{% macro scoped_id(dataset, native_id) -%}
    case
        when split_part({{ native_id }}, ':', 1) in ('twilio', 'genesys', 'zendesk', 'intercom', 'typeform') then {{ native_id }}
        else {{ dataset }} || ':' || {{ native_id }}
    end
{%- endmacro %}
