# The button in the product: <handover-export>. Each sentence goes to the page as it stands, with its places open.

embed-intro = Obtenga una copia de sus datos en un solo archivo. Se abre en cualquier ordenador y otros programas pueden leerlo.
embed-start = Exportar mis datos
embed-estimating = Calculando cuántos datos son…
embed-estimate = { $tables ->
    [one] Unos { $size }, una tabla.
   *[other] Unos { $size }, { $tables } tablas.
}
embed-starting = Solicitando su exportación…
embed-expired = Su última exportación se eliminó al terminar su plazo.

embed-queued-title = Su exportación espera su turno
embed-queued-position = { $position ->
    [1] Es la siguiente.
   *[other] Es la número { $position } de la cola.
}
embed-queued-again = El último intento no tuvo éxito. El siguiente empezará por sí solo: { $date }.
embed-running-title = Se están reuniendo sus datos
embed-planning = Buscando lo que le pertenece…
embed-step = { $total ->
    [one] { $done } de { $total } tabla, { $rows } filas
   *[other] { $done } de { $total } tablas, { $rows } filas
}
embed-table = Ahora: { $table }
embed-storing = Comprobando y guardando el archivo…
embed-leave = Puede salir de esta página. La exportación continúa y la encontrará aquí cuando vuelva.
embed-leave-with-mail = Puede salir de esta página. La exportación continúa y recibirá un correo cuando esté lista.
embed-cancel = Cancelar

embed-ready-title = Sus datos están listos
embed-ready-until = { $size }, disponible hasta el { $date }.
embed-download = Descargar
embed-downloading = La descarga comienza. Si no ocurre nada, pulse el botón otra vez.
embed-locked = El archivo está cifrado: solo se abre con la clave privada que le corresponde.
embed-again = Crear una nueva exportación
embed-again-from = Podrá crear una nueva exportación a partir del { $date }.

embed-cool-down-title = Podrá crear su próxima exportación a partir del { $date }
embed-cool-down-detail = La última se creó hace poco.
embed-failed-title = Su exportación no tuvo éxito
embed-failed-detail = No se ha cambiado nada en sus datos. Inténtelo de nuevo. Si vuelve a fallar, indique este número al servicio de asistencia: { $id }
embed-too-large = Hay más datos de los que se pueden exportar con este botón. Pida su exportación al servicio de asistencia.
embed-retry = Intentarlo de nuevo
embed-cancelled-title = La exportación se canceló
embed-cancelled-detail = No se ha conservado nada de ella.

embed-offline = No tiene conexión. Continuará por sí solo cuando la conexión vuelva.
embed-unreachable = No hay respuesta por el momento. Se volverá a intentar por sí solo…
embed-sign-in-title = Vuelva a iniciar sesión
embed-sign-in-over = Su sesión ha terminado.
embed-sign-in-fresh = Todos los datos de una cuenta se entregan únicamente a quien acaba de iniciar sesión.
embed-continue = Continuar
embed-refused-title = Sus datos no se pueden exportar aquí
embed-refused-detail = Póngase en contacto con el servicio de asistencia e indique esta palabra: { $code }
