-- SPDX-FileCopyrightText: 2026 ipai.odoo contributors
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Lets a JSON-RPC request pass only if it is for one of the services "common" and "object".
-- Odoo's third service, "db", creates, copies, dumps and drops databases; list_db = False
-- refuses only some of its methods.
--
-- The service stands in the body, so the body is read as Odoo's json.loads() reads it:
--  * of two equal keys the last one counts there, and no client writes two: refused;
--  * a key or service written with escapes ("d\u0062") never comes from a real client: refused;
--  * Odoo also takes params as a list of pairs: refused;
--  * what is no JSON at all is refused here or there, so it need not be told apart.
-- The body is held in memory as one string (at most nginx_jsonrpc_max_body_mb), and nothing is built from it.

local find, byte, sub = string.find, string.byte, string.sub

local QUOTE, BACKSLASH = 34, 92
local OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST, COLON, COMMA = 123, 125, 91, 93, 58, 44

local SERVICES = { common = true, object = true }
-- Tokens after which other requests get their turn.
local BREATH = 100000

local filter = {}

-- Whether `body` asks for an allowed service; otherwise nil and the reason.
-- `breathe` is called now and then on long bodies.
function filter.judge(body, breathe)
    local position = 1
    local depth = 0
    local key_next = false -- inside the two outer objects: a key is due, not a value
    local key              -- the latest key of the object that encloses the position
    local inside_params = false
    local has_params, has_service = false, false
    local tokens = 0

    while true do
        local at = find(body, '["{}%[%]:,]', position)
        if not at then
            break
        end
        position = at + 1
        tokens = tokens + 1
        if breathe and tokens % BREATH == 0 then
            breathe()
        end
        local character = byte(body, at)
        -- 1 is the request's object, 2 its params; whatever lies elsewhere or deeper is data.
        local watched = depth == 1 or (depth == 2 and inside_params)

        if character == QUOTE then
            local stop = at
            local escaped = false
            while true do
                stop = find(body, '["\\]', stop + 1)
                if not stop then
                    return nil, "a string without end"
                end
                if byte(body, stop) == QUOTE then
                    break
                end
                escaped = true
                stop = stop + 1
            end
            position = stop + 1
            if depth == 0 then
                return nil, "no object"
            end
            if watched then
                if key_next then
                    if escaped then
                        return nil, "an escaped key"
                    end
                    key = sub(body, at + 1, stop - 1)
                    if (depth == 1 and key == "params" and has_params)
                        or (depth == 2 and key == "service" and has_service) then
                        return nil, "a key twice"
                    end
                elseif depth == 1 and key == "params" then
                    return nil, "params are no object"
                elseif depth == 2 and key == "service" then
                    if escaped or not SERVICES[sub(body, at + 1, stop - 1)] then
                        return nil, "a service that is not offered"
                    end
                    has_service = true
                    key = nil
                end
            end

        elseif character == OPEN_OBJECT or character == OPEN_LIST then
            if depth == 0 then
                if character == OPEN_LIST or has_params then
                    return nil, "no single request"
                end
                key_next, key = true, nil
            elseif depth == 1 and key == "params" then
                if character == OPEN_LIST then
                    return nil, "params are no object"
                end
                has_params, inside_params = true, true
                key_next, key = true, nil
            elseif depth == 2 and inside_params and key == "service" then
                return nil, "a service that is no name"
            end
            depth = depth + 1

        elseif character == CLOSE_OBJECT or character == CLOSE_LIST then
            depth = depth - 1
            if depth < 0 then
                return nil, "too many brackets"
            end
            if depth == 1 then
                if inside_params and not has_service then
                    return nil, "no service"
                end
                inside_params = false
                key_next, key = false, nil
            end

        elseif watched and character == COLON then
            key_next = false

        elseif watched and character == COMMA then
            if depth == 2 and key == "service" then
                return nil, "a service that is no name"
            end
            key_next, key = true, nil
        end
    end

    if depth ~= 0 or not has_params then
        return nil, "no request with params"
    end
    return true
end

-- The body of the current request, wherever nginx keeps it; nil and a status when there is none.
local function read_body()
    -- Over HTTP/2 nginx's Lua reads no body whose length is not announced.
    local fine = pcall(ngx.req.read_body)
    if not fine then
        return nil, 411
    end
    local body = ngx.req.get_body_data()
    if body then
        return body
    end
    local path = ngx.req.get_body_file()
    if not path then
        return nil, 400
    end
    local file = io.open(path, "rb")
    if not file then
        return nil, 500
    end
    body = file:read("*a")
    file:close()
    return body
end

function filter.check()
    local body, status = read_body()
    if not body then
        return ngx.exit(status)
    end
    local allowed, reason = filter.judge(body, function() ngx.sleep(0) end)
    if not allowed then
        ngx.log(ngx.WARN, "JSON-RPC refused: ", reason)
        return ngx.exit(403)
    end
end

return filter
